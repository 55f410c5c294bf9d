#include "operator/reconcile/need.h"

#include <algorithm>

#include "operator/reconcile/reports.h"
#include "operator/reconcile/surveying.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr seconds kLeastResync{60};  // whatever the spec says: each makes a Job

seconds left(Time from, seconds delay, Time now) { return std::max(seconds{0}, from + delay - now); }

Verdict awaiting(const Status& status) {
  const PlanStatus plan = status.plan.value_or(PlanStatus{});
  return paused("AwaitingApproval", "the plan of " + std::to_string(plan.steps) + " step(s)" +
                                        (plan.destructive ? ", destructive," : "") +
                                        " waits for the annotation sluice.dev/approve: " + plan.hash);
}

Need after_success(const Observed& seen, const Status& status) {
  const RunStatus& run = status.run;
  Need need{.settled = up_to_date(status)};
  if (seen.resource.spec.resync.count() == 0) return need;
  const seconds resync = std::max(kLeastResync, std::chrono::ceil<seconds>(seen.resource.spec.resync));
  need.why = Why::kResync;
  need.wait = left(run.finished.value_or(seen.now), resync, seen.now);
  return need;
}

/// Pending may be what a survey found later.
Need after_verifying(const Observed& seen, const Status& status) {
  Need need = after_success(seen, status);
  if (status.pending.value_or(0) > 0) {
    need.settled = waiting_for_pods(status);
  } else if (survey_contradicts(status)) {
    return {.why = Why::kChanged};
  }
  return need;
}

Need after_plan(const Observed& seen, const Status& status, const std::string& inputs) {
  if (!has_plan(status, inputs)) return {.why = Why::kMustPlan};
  if (is_approved(seen, status, inputs)) return {.why = Why::kApproved};
  return {.settled = awaiting(status)};
}

Need after_refusal(const Observed& seen, const Status& status, const std::string& inputs) {
  const bool with_plan = seen.resource.spec.approval != spec::Approval::kNotRequired;
  if (has_plan(status, inputs)) return after_plan(seen, status, inputs);
  const seconds delay = backoff_after(1, seen.resource.spec.retry.backoff);
  if (with_plan) return {.why = Why::kMustPlan, .wait = left(status.run.finished.value_or(seen.now), delay, seen.now)};
  return {.settled = paused("AwaitingApproval", failed(status.run).message)};
}

Need after_failure(const Status& status, const std::string& spec) {
  if (status.run.spec != spec) return {.why = Why::kAnswered};
  return {.settled = failed(status.run)};
}

Need after_passing_failure(const Observed& seen, const Status& status, const std::string& spec) {
  const RunStatus& run = status.run;
  if (run.spec != spec) return {.why = Why::kAnswered};
  const int limit = seen.resource.spec.retry.limit;
  if (run.counted > limit) return {.settled = exhausted(run, limit)};
  const seconds delay = backoff_after(run.failures, seen.resource.spec.retry.backoff);
  return {.why = Why::kRetry, .wait = left(run.finished.value_or(seen.now), delay, seen.now)};
}

}  // namespace

bool has_plan(const Status& status, const std::string& inputs) {
  return status.plan && status.plan->inputs == inputs && !inputs.empty();
}

bool is_approved(const Observed& seen, const Status& status, const std::string& inputs) {
  if (!has_plan(status, inputs)) return false;
  const PlanStatus& plan = *status.plan;
  // The very plan was approved and refused all the same: approving it again would go round for ever.
  const bool refused = status.run.code && outcome_of(status.run) == Outcome::kRefused;
  if (refused && status.run.approved_plan == plan.hash) return false;
  if (seen.approve.size() >= std::min(kShortestApproval, plan.hash.size()) && plan.hash.starts_with(seen.approve)) {
    return true;
  }
  if (seen.resource.spec.approval == spec::Approval::kNotRequired) return false;  // the migrator itself asked
  if (plan.steps == 0) return true;
  return seen.resource.spec.approval == spec::Approval::kDestructive && !plan.destructive;
}

namespace {

/// From how the last attempt ended.
Need need_after(const Observed& seen, const Status& status, const std::string& inputs, const std::string& spec) {
  const RunStatus& run = status.run;
  switch (outcome_of(run)) {
    case Outcome::kSuperseded:
      return {.why = Why::kChanged};
    case Outcome::kSucceeded:
      if (run.kind == Kind::kVerify) return after_verifying(seen, status);
      if (survey_contradicts(status)) return {.why = Why::kChanged};
      return run.kind == Kind::kPlan ? after_plan(seen, status, inputs) : after_success(seen, status);
    case Outcome::kRefused:
      return after_refusal(seen, status, inputs);
    case Outcome::kFailed:
      return after_failure(status, spec);
    case Outcome::kRetry:
    case Outcome::kRetryCounted:
      return after_passing_failure(seen, status, spec);
  }
  return {.why = Why::kChanged};
}

}  // namespace

Need need(const Observed& seen, const Status& status, const std::string& inputs, const std::string& spec) {
  const RunStatus& run = status.run;
  const bool by_pods = seen.resource.spec.run_by == spec::RunBy::kPods;
  if (run.attempt == 0 || run.inputs != inputs || by_pods != (run.kind == Kind::kVerify)) return {.why = Why::kChanged};
  if (!seen.retry.empty() && seen.retry != status.handled.retry) return {.why = Why::kAsked};
  Need found = need_after(seen, status, inputs, spec);
  // Where it is ready a survey beside it looks, which leaves Ready alone.
  const bool stands = found.settled && !found.settled->ready;
  if (by_pods && stands && has_new_report(status)) {
    found.why = Why::kReported;
    found.wait = until_next_look(seen, status);
  }
  return found;
}

std::optional<Verdict> held_by(const std::vector<ObservedDependency>& dependencies) {
  std::vector<std::string> waiting;
  for (const ObservedDependency& each : dependencies) {
    if (each.cycle) return stuck("DependencyCycle", each.name + " waits for this resource, too");
    if (!each.granted) {
      waiting.push_back(each.name + " (its namespace hasn't granted it)");
    } else if (!each.found || !each.ready) {
      waiting.push_back(each.name + (each.found ? "" : " (not found)"));
    }
  }
  if (waiting.empty()) return std::nullopt;
  return moving("DependencyNotReady", "waits for " + joined(waiting));
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& each : list) text += (text.empty() ? "" : ", ") + each;
  return text;
}

}  // namespace reconcile
