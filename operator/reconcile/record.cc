#include "operator/reconcile/record.h"

#include <algorithm>

#include "operator/kube/event.h"
#include "operator/reconcile/revisions.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using report::ExitCode;

constexpr std::size_t kMostWhy = 1000;  // of a webhook, say, in letters
constexpr std::size_t kShownHash = 16;  // as report::Result::contract_plan

bool speaks_for_itself(int code) { return code >= 20 && code <= 32; }

void set_lost(RunStatus& run, const std::string& why) {
  run.reason = reasons::kResultLost;
  run.message = "the result of the run was lost: " + why;
  run.next = {};
}

/// A run that is told a digest reads the files, and says so: whoever ends well without it has looked at nothing.
bool says_its_files(const RunStatus& run, const report::Result& result) {
  return result.code != ExitCode::kDone || run.expected_digest.empty() || !result.digest.empty();
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
    if (!says_its_files(run, *pod.result)) return set_lost(run, "it doesn't name the migrations it was told to run");
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
  if (*run.code != 0 || run.expected_digest.empty() || result.digest == run.expected_digest) return;
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

void take_plan(Status& status, const RunStatus& run, const report::Result& result) {
  if (is_beside(run)) return;
  const bool asked = run.kind == Kind::kPlan && run.code == 0;
  const bool refused = run.code == static_cast<int>(ExitCode::kRefused);
  // After a run with an approved plan was refused the plan differs: it must be shown anew.
  if (refused && !run.approved_plan.empty() && result.plan_hash.empty()) status.plan.reset();
  if ((!asked && !refused) || result.plan_hash.empty()) return;
  status.plan = PlanStatus{
      .hash = result.plan_hash, .steps = result.pending, .destructive = result.destructive, .inputs = run.inputs};
}

/// What a contract run does is what phase Expand held back: nothing of it counts as pending.
void take_contract(Status& status, const RunStatus& run, const report::Result& result) {
  const bool has_planned = run.code == 0 || !result.plan_hash.empty();
  if (!has_planned) return;
  status.contract_pending = result.pending;
  status.contract_plan = result.plan_hash.substr(0, status.contract_pending > 0 ? kShownHash : 0);
}

void take_state(Status& status, const RunStatus& run, const report::Result& result) {
  // A run that never read the ledger has nothing to say about it.
  const int code = *run.code;
  const bool told = code == 0 || speaks_for_itself(code) || code == static_cast<int>(ExitCode::kRefused);
  if (!told && result.heads.empty()) return;
  status.heads = result.heads;
  status.database = run.database;
  if (run.kind == Kind::kContract) return take_contract(status, run, result);
  status.target = result.target;
  status.pending = result.pending;
  status.contract_pending = result.contract_pending;
  status.contract_plan = result.contract_plan;
  if (!result.digest.empty()) status.digest = result.digest;
}

void take_result(Status& status, RunStatus& run, const ObservedJob& job) {
  const report::Result& result = *job.pod.result;
  run.id = result.run;
  run.step = result.step;
  run.healthy = result.healthy;
  run.took_ms = result.took_ms;
  check_digest(run, result);
  take_backup(status, result, job);
  take_plan(status, run, result);
  // A look that found something wrong says so by its code; where a run follows a survey that run says more.
  if (is_look(run) && *run.code != 0) return;
  take_state(status, run, result);
}

void count(RunStatus& run, Outcome outcome) {
  const bool failed = outcome == Outcome::kRetry || outcome == Outcome::kRetryCounted;
  run.failures = failed ? run.failures + 1 : 0;
  run.counted = failed ? run.counted + (outcome == Outcome::kRetryCounted ? 1 : 0) : 0;
}

constexpr const char* kCancelledBy = "cancelled by the annotation sluice.dev/cancel";

/// What would be retried isn't: a person wanted its end.
void keep_cancelled(RunStatus& run) {
  const Outcome outcome = outcome_of(run);
  if (outcome != Outcome::kRetry && outcome != Outcome::kRetryCounted) return;
  run.reason = reasons::kCancelled;
  run.message = kCancelledBy + (run.message.empty() ? "" : ": " + run.message);
}

void add_history(Status& status, const RunStatus& run, int applied) {
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

void record(Status& status, RunStatus& run, const ObservedJob& job, Time now) {
  run.finished = job.finished.value_or(now);
  run.progress = {};
  if (!job.pod.image_id.empty() && !is_beside(run)) status.image_id = job.pod.image_id;
  const bool was_cancelled = is_being_cancelled(run);
  judge(run, job);
  const bool fits =
      job.pod.result && run.reason != reasons::kResultLost && static_cast<int>(job.pod.result->code) == run.code;
  if (fits) take_result(status, run, job);
  take_answers(status, run, fits ? job.pod.result->answers : "");
  if (was_cancelled) keep_cancelled(run);
  const Outcome outcome = outcome_of(run);
  count(run, outcome);
  // The plan is used up: what runs next needs a new one.
  if (status.plan && run.kind == Kind::kRun && outcome == Outcome::kSucceeded) status.plan->inputs = {};
  add_history(status, run, fits ? job.pod.result->applied : 0);
}

void record_refusal(Status& status, RunStatus& run, const Observed& seen) {
  const std::string why = kube::cut(seen.refused, kMostWhy);
  record_end(status, run, seen.refusal_may_pass ? reasons::kNotCreated : reasons::kRefused, why, seen.now);
  if (seen.refusal_may_pass) return count(run, Outcome::kRetry);
  run.code = status.history.front().code = static_cast<int>(ExitCode::kUsage);
}

void record_end(Status& status, RunStatus& run, const char* reason, const std::string& message, Time now) {
  run.code = static_cast<int>(ExitCode::kCancelled);
  run.reason = reason;
  run.message = message;
  run.next = run.progress = {};
  run.finished = now;
  add_history(status, run, 0);
}

void record_unread_cancel(Status& status, RunStatus& run, Time now) {
  const bool had_started = run.reason == reasons::kCancelled;
  record_end(status, run, reasons::kCancelled,
             std::string(kCancelledBy) +
                 (had_started ? "; its pod was gone before what it came to was read" : " before its pod started"),
             now);
  if (had_started) run.code = status.history.front().code = static_cast<int>(ExitCode::kInternal);
}

void forget_another_database(Status& status, const std::string& database) {
  if (status.database.empty() || status.database == database) return;
  status.heads.clear();
  status.revisions.clear();
  status.reports.clear();
  status.database.clear();
}

}  // namespace reconcile
