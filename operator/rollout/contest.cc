// What others write while a sequence is under way: found out, said, and never written over.
#include "operator/rollout/sequencer.h"

namespace rollout {

using reconcile::stuck;
using std::chrono::seconds;

bool Sequencer::is_expected_selector() const {
  const Sequence& now = status_.sequence;
  const nlohmann::json& found = seen_.service.selector;
  if (found == status_.selector) return true;
  // Written by a look that couldn't say so any more.
  const bool is_writing = (now.step == Step::kSwitch || now.step == Step::kSwitchBack) && !now.acted;
  return is_writing && (found == now.old_selector || found == fresh().selector);
}

std::string Sequencer::contest() const {
  const Sequence& now = status_.sequence;
  const auto fell = [&](const ColourSeen& colour) {
    return colour.found && colour.replicas < now.replicas && !colour.autoscaled;
  };
  if (!is_expected_selector()) {
    return "the selector of Service " + seen_.spec.service + " was changed to " + seen_.service.selector.dump();
  }
  const bool wrote_up = (now.step == Step::kStart && now.acted) || (now.step == Step::kSwitch && now.raised);
  if (wrote_up && fell(fresh())) {
    return "the replicas of " + fresh_name() + " were set from " + std::to_string(now.replicas) + " to " +
           std::to_string(fresh().replicas);
  }
  const bool needs_old =
      now.step == Step::kRouteBack || now.step == Step::kDrainBack || (now.step == Step::kSwitchBack && now.raised);
  if (needs_old && old().found && old().replicas == 0) return "the replicas of " + old_name() + " were set to 0";
  if (now.step == Step::kStopOld && now.acted && old().replicas > 0) {
    return "the replicas of " + old_name() + " were set from 0 to " + std::to_string(old().replicas);
  }
  return {};
}

bool Sequencer::take_contest() {
  if (!seen_.service.found) {
    wait("there is no Service " + seen_.spec.service, seconds(15));
    turn_.verdict.reason = "ServiceNotFound";
    return true;
  }
  const std::string what = contest();
  if (what.empty()) return false;
  if (!seen_.retry.empty() && seen_.retry != status_.handled.retry) {
    status_.handled.retry = seen_.retry;
    const Step at = sequence().step;
    const bool is_routed = is_before(Step::kSwitch, at, sequence().from.has_value()) && at < Step::kStopOld;
    // The person who asks has seen to it that nobody else writes.
    if (!is_expected_selector() && (at == Step::kSwitch || is_routed)) {
      status_.selector = seen_.service.selector;
      enter(Step::kSwitch);
      return true;
    }
    if (is_back(at) && sequence().from) {
      status_.selector = seen_.service.selector;
      enter(Step::kSwitchBack);
      return true;
    }
    sequence().acted = sequence().raised = false;
  }
  turn_.contested = true;
  turn_.verdict = stuck("Contested", what +
                                         ": does Git or another controller declare it? Nothing is written over. "
                                         "sluice.dev/abort gives up, sluice.dev/retry writes it once more");
  turn_.check_again_in = seconds(30);
  return true;
}

}  // namespace rollout
