#include "operator/rollout/decide.h"

#include "operator/rollout/conditions.h"
#include "operator/rollout/idle.h"
#include "operator/rollout/sequence.h"

namespace rollout {
namespace {

using reconcile::stuck;

constexpr std::chrono::seconds kLookAgain{30};  // an event should come; a lost one must not leave us waiting for ever

Turn look(const Observed& seen, Status& status) {
  if (!seen.problems.empty()) {
    // A sequence under way stands still: whom it would switch isn't known any more.
    if (!status.migration) status.migration = Permission::kHeld;
    return {.verdict = stuck("InvalidSpec", spec::describe(seen.problems))};
  }
  if (!seen.rival.empty()) {
    status.migration = Permission::kHeld;
    return {.verdict =
                stuck("InUse", seen.rival + ": two can't switch it; this one does nothing until that one is deleted"),
            .check_again_in = kLookAgain};
  }
  if (is_over(status.sequence.step)) return look_idle(seen, status);
  Turn turn = advance(seen, status);
  if (!turn.over) return turn;
  Turn after = look_idle(seen, status);
  after.events.insert(after.events.begin(), turn.events.begin(), turn.events.end());
  return after;
}

bool was_true(const Observed& seen, const char* type) { return kube::find(seen.status.conditions, type) != nullptr; }

/// What isn't a step's own word.
void tell_changes(const Observed& seen, const Status& status, Turn& turn) {
  const auto warn = [&](const std::string& reason, const std::string& note) {
    turn.events.push_back({true, reason, kube::cut(note, 1000)});
  };
  const Verdict& verdict = turn.verdict;
  const kube::Condition* ready = kube::find(seen.status.conditions, "Ready");
  if ((!ready || ready->reason != verdict.reason) && (verdict.stalled || verdict.reason == "AwaitingApproval")) {
    warn(verdict.reason, verdict.message);
  }
  const kube::Condition* changed = kube::find(status.conditions, "ActiveChanged");
  if (changed && !was_true(seen, "ActiveChanged")) warn("ActiveChanged", changed->message);
}

}  // namespace

Decision decide(const Observed& seen) {
  if (seen.deleting) return {};
  Status status = seen.status;
  Turn turn = look(seen, status);
  status.observed_generation = seen.generation;
  status.conditions = conditions(seen, status, turn);
  tell_changes(seen, status, turn);
  Decision decision{.events = std::move(turn.events), .action = turn.action, .check_again_in = turn.check_again_in};
  if (turn.after) {
    turn.after->observed_generation = seen.generation;
    turn.after->conditions = status.conditions;
    decision.after = turn.after;
  }
  if (status != seen.status) decision.status = std::move(status);
  return decision;
}

}  // namespace rollout
