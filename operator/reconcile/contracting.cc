#include "operator/reconcile/contracting.h"

#include <algorithm>

#include "common/report/names.h"
#include "operator/reconcile/consumers.h"
#include "operator/reconcile/need.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr seconds kLookAgainAtConsumers{60};  // an event should come; a lost one must not leave us waiting for ever

std::string steps(const Status& status) { return std::to_string(status.contract_pending) + " contract step(s)"; }

/// Of this content and spec, and nobody has asked for another attempt since.
bool still_stands(const RunStatus& last, const Observed& seen, const std::string& inputs, const std::string& spec) {
  return last.inputs == inputs && last.spec == spec && last.retry == seen.status.handled.retry;
}

/// What the last contract run came to, where that decides; none: it doesn't.
std::optional<Contracting> after_the_last(const Observed& seen, const Status& status, const std::string& inputs,
                                          const std::string& spec) {
  if (!status.contract || !status.contract->code || !still_stands(*status.contract, seen, inputs, spec)) return {};
  const RunStatus& last = *status.contract;
  const int limit = seen.resource.spec.retry.limit;
  switch (outcome_of(last)) {
    case Outcome::kFailed:
      return Contracting{.reason = "ContractFailed", .message = failed(last).message};
    case Outcome::kRetry:
    case Outcome::kRetryCounted: {
      if (last.counted > limit)
        return Contracting{.reason = "ContractFailed", .message = exhausted(last, limit).message};
      const seconds delay = backoff_after(last.failures, seen.resource.spec.retry.backoff);
      const seconds left = std::max(seconds{0}, last.finished.value_or(seen.now) + delay - seen.now);
      if (left.count() == 0) return {};
      const Verdict verdict = retrying(last, left);
      return Contracting{.reason = verdict.reason, .message = verdict.message, .check_again_in = left};
    }
    default:
      return {};
  }
}

/// Counts, and remembers since when the count is what it is.
Count count_again(const Observed& seen, Status& status) {
  const Count count = count_consumers(seen, status);
  ConsumersStatus now = status.consumers.value_or(ConsumersStatus{});
  // The last contract run may have found the database elsewhere: what follows is counted anew.
  const std::optional<Time> refused = status.contract ? status.contract->finished : std::nullopt;
  if (now.set != count.set || !now.since) now.since = seen.now;
  if (refused && *refused > *now.since) now.since = *refused;
  now.set = count.set;
  now.counted = count.counted;
  now.old = static_cast<int>(count.old.size());
  status.consumers = now;
  return count;
}

std::optional<Contracting> while_old_code_runs(const Observed& seen, Status& status) {
  if (!seen.consumers.problem.empty()) {
    return Contracting{
        .reason = "OldCodeRunning",
        .message = steps(status) + " wait; who uses the database can't be counted: " + seen.consumers.problem,
        .check_again_in = kLookAgainAtConsumers};
  }
  // The run that left something to contract has only just ended: the next look asks for templates, too.
  if (!seen.consumers.with_templates) {
    return Contracting{.reason = "OldCodeRunning",
                       .message = steps(status) + " wait until it is known who uses the database",
                       .check_again_in = seconds{1}};
  }
  const Count count = count_again(seen, status);
  if (count.old.empty()) return {};
  return Contracting{.reason = "OldCodeRunning",
                     .message = steps(status) + " wait for old code to go, " + std::to_string(count.old.size()) +
                                " of " + std::to_string(count.counted) + " counted: " + first_of(count.old),
                     .check_again_in = kLookAgainAtConsumers};
}

bool needs_approval(const Observed& seen) {
  return seen.resource.spec.consumers.empty() || seen.resource.spec.approval != spec::Approval::kNotRequired;
}

/// By the hash as the status shows it, or any longer or shorter part of it that still names one plan.
bool is_approved(const Observed& seen, const Status& status) {
  const std::string& plan = status.contract_plan;
  const RunStatus last = status.contract.value_or(RunStatus{});
  // This very plan was approved and refused all the same: approving it again would go round for ever.
  const bool refused = last.code && outcome_of(last) == Outcome::kRefused && last.reason != "OldCodeRunning";
  if (plan.empty() || (refused && last.approved_plan == plan)) return false;
  return seen.approve.size() >= kShortestApproval && (plan.starts_with(seen.approve) || seen.approve.starts_with(plan));
}

std::optional<Contracting> while_unapproved(const Observed& seen, const Status& status) {
  if (!needs_approval(seen) || is_approved(seen, status)) return {};
  const std::string why = seen.resource.spec.consumers.empty()
                              ? " wait: spec.consumers names nobody, so a person says when the old code is gone"
                              : " wait for approval";
  return Contracting{.reason = "AwaitingApproval",
                     .message = steps(status) + why + ", by the annotation " +
                                std::string(report::names::kAnnotationApprove) + ": " + status.contract_plan};
}

std::optional<Contracting> while_not_quiet(const Observed& seen, const Status& status) {
  if (seen.resource.spec.consumers.empty()) return {};
  const seconds left = *status.consumers->since + seen.contract_quiet - seen.now;
  if (left.count() <= 0) return {};
  return Contracting{.reason = "WaitingForQuiet",
                     .message = "no old code runs among " + std::to_string(status.consumers->counted) + " counted; " +
                                steps(status) + " follow if that stays so until " +
                                format_time(*status.consumers->since + seen.contract_quiet),
                     .check_again_in = left};
}

}  // namespace

Contracting contracting(const Observed& seen, Status& status, const std::string& inputs, const std::string& spec) {
  if (status.contract_pending == 0) {
    if (status.consumers) status.consumers = ConsumersStatus{.outside = status.consumers->outside};
    return {};
  }
  if (auto decided = after_the_last(seen, status, inputs, spec)) return *decided;
  if (!seen.resource.spec.consumers.empty()) {
    if (auto decided = while_old_code_runs(seen, status)) return *decided;
  }
  if (auto decided = while_unapproved(seen, status)) return *decided;
  if (auto decided = while_not_quiet(seen, status)) return *decided;
  if (!seen.held.contract.empty()) {
    return {.reason = "HeldByRollout",
            .message = steps(status) + " wait for step Contract of DatabaseRollout " + seen.held.contract,
            .check_again_in = kLookAgainAtConsumers};
  }
  if (seen.resource.spec.suspend) {
    return {.reason = "Suspended", .message = steps(status) + " wait; spec.suspend is true"};
  }
  return {.reason = "ContractRunning",
          .message = steps(status) + " run",
          .may_start = true,
          .approved_plan = needs_approval(seen) ? status.contract_plan : ""};
}

RunStatus contract_run(const Observed& seen, const Status& status, const Contracting& decided) {
  RunStatus run{.kind = Kind::kContract};
  const RunStatus last = status.contract.value_or(RunStatus{});
  run.approved_plan = decided.approved_plan;
  run.retry = status.handled.retry;
  for (const RevisionStatus& each : status.revisions) {
    run.questions.push_back(each.id);
    run.expect_answers += static_cast<char>(each.answer);
  }
  const bool ended_badly = last.code && (outcome_of(last) == Outcome::kFailed);
  run.again = ended_badly;
  const bool retries = last.code && (outcome_of(last) == Outcome::kRetry || outcome_of(last) == Outcome::kRetryCounted);
  if (retries && last.retry == seen.status.handled.retry) run.failures = last.failures, run.counted = last.counted;
  return run;
}

bool leaves_a_person(const Status& status, const std::string& inputs) {
  const std::optional<RunStatus>& run = status.contract;
  return run && run->code == static_cast<int>(report::ExitCode::kNotWentBack) && run->inputs == inputs &&
         run->attempt > status.run.attempt;
}

}  // namespace reconcile
