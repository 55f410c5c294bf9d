#include "operator/reconcile/record.h"

#include <algorithm>

#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using report::ExitCode;

bool speaks_for_itself(int code) { return code >= 20 && code <= 32; }

void set_lost(RunStatus& run, const std::string& why) {
  run.reason = reasons::kResultLost;
  run.message = "the result of the run was lost: " + why;
  run.next = {};
}

/// Code and reason from what is left of the pod.
void judge(RunStatus& run, const ObservedJob& job) {
  const PodReport& pod = job.pod;
  const int internal = static_cast<int>(ExitCode::kInternal);
  run.code = pod.exit_code.value_or(job.state == JobState::kComplete ? 0 : internal);
  run.reason = std::string(report::reason(static_cast<ExitCode>(*run.code)));
  if (pod.contradictory) return set_lost(run, "several pods claim to be this attempt");
  if (!pod.exit_code) return set_lost(run, "its pod is gone");
  if (pod.result && static_cast<int>(pod.result->code) == *run.code) {
    run.message = pod.result->message;
    run.next = pod.result->next;
    if (!pod.result->reason.empty()) run.reason = pod.result->reason;
    return;
  }
  run.message = run.next = {};
  if (*run.code == 0) return set_lost(run, "the migrator left no readable word of it");
  if (!speaks_for_itself(*run.code)) run.message = "the migrator ended with exit code " + std::to_string(*run.code);
}

/// operator-protocol, Sources 1: the pod may have mounted another version than the one hashed.
void check_digest(RunStatus& run, const report::Result& result) {
  if (*run.code != 0 || run.expected_digest.empty() || result.digest.empty()) return;
  if (result.digest == run.expected_digest) return;
  run.reason = reasons::kSourceChanged;
  run.message = "the migrations changed while the run started";
}

void take_backup(Status& status, const report::Result& result, const ObservedJob& job) {
  if (!result.backup) return;
  status.backup = BackupStatus{.file = result.backup->file,
                               .size_bytes = result.backup->size_bytes,
                               .sha256 = result.backup->sha256,
                               .job = job.name,
                               .finished = job.finished};
}

void take_plan(Status& status, const report::Result& result) {
  const bool asked = status.run.kind == Kind::kPlan && status.run.code == 0;
  const bool refused = status.run.code == static_cast<int>(ExitCode::kRefused);
  // After a run with an approved plan was refused the plan differs: it must be shown anew.
  if (refused && !status.run.approved_plan.empty() && result.plan_hash.empty()) status.plan.reset();
  if ((!asked && !refused) || result.plan_hash.empty()) return;
  status.plan = PlanStatus{.hash = result.plan_hash,
                           .steps = result.pending,
                           .destructive = result.destructive,
                           .inputs = status.run.inputs};
}

void take_result(Status& status, const ObservedJob& job) {
  const report::Result& result = *job.pod.result;
  status.run.id = result.run;
  status.run.step = result.step;
  status.run.healthy = result.healthy;
  status.run.took_ms = result.took_ms;
  check_digest(status.run, result);
  take_backup(status, result, job);
  take_plan(status, result);
  // A run that never read the ledger has nothing to say about it.
  const int code = *status.run.code;
  const bool told = code == 0 || speaks_for_itself(code) || code == static_cast<int>(ExitCode::kRefused);
  if (!told && result.heads.empty()) return;
  status.heads = result.heads;
  status.target = result.target;
  status.pending = result.pending;
  status.contract_pending = result.contract_pending;
  if (!result.digest.empty()) status.digest = result.digest;
}

void count(RunStatus& run, Outcome outcome) {
  const bool failed = outcome == Outcome::kRetry || outcome == Outcome::kRetryCounted;
  run.failures = failed ? run.failures + 1 : 0;
  run.counted = failed ? run.counted + (outcome == Outcome::kRetryCounted ? 1 : 0) : 0;
}

void add_history(Status& status, int applied) {
  const RunStatus& run = status.run;
  status.history.insert(status.history.begin(), HistoryEntry{.attempt = run.attempt,
                                                             .kind = run.kind,
                                                             .job = run.job,
                                                             .id = run.id,
                                                             .code = *run.code,
                                                             .reason = run.reason,
                                                             .target = status.target,
                                                             .applied = applied,
                                                             .started = run.started,
                                                             .finished = run.finished});
  if (status.history.size() > kHistoryLength) status.history.resize(kHistoryLength);
}

}  // namespace

void record(Status& status, const ObservedJob& job, Time now) {
  status.run.finished = job.finished.value_or(now);
  status.run.progress = {};
  if (!job.pod.image_id.empty()) status.image_id = job.pod.image_id;
  judge(status.run, job);
  const bool fits =
      job.pod.result && !job.pod.contradictory && static_cast<int>(job.pod.result->code) == status.run.code;
  if (fits) take_result(status, job);
  const Outcome outcome = outcome_of(status.run);
  count(status.run, outcome);
  // The plan is used up: what runs next needs a new one.
  if (status.plan && status.run.kind == Kind::kRun && outcome == Outcome::kSucceeded) status.plan->inputs = {};
  add_history(status, fits ? job.pod.result->applied : 0);
}

void record_refusal(Status& status, const std::string& why, Time now) {
  record_end(status, reasons::kRefused, why, now);
  status.run.code = status.history.front().code = static_cast<int>(ExitCode::kUsage);
}

void record_end(Status& status, const char* reason, const std::string& message, Time now) {
  status.run.code = static_cast<int>(ExitCode::kCancelled);
  status.run.reason = reason;
  status.run.message = message;
  status.run.next = status.run.progress = {};
  status.run.finished = now;
  add_history(status, 0);
}

}  // namespace reconcile
