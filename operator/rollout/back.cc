// The steps that end with the old colour serving alone: kSwitchBack and kStopNew; the others are as on the way forward.
#include "operator/rollout/sequencer.h"

namespace rollout {

void Sequencer::switch_back() {
  const Sequence& now = sequence();
  if (now.acted) return passed("");
  const bool is_there = seen_.service.selector == now.old_selector;
  if (old().found && old().replicas == 0 && !now.raised) {
    scale(old_name(), old(), now.replicas);
    turn_.after->sequence.acted = false;
    turn_.after->sequence.raised = true;
    return;
  }
  // With nobody behind it the old selector would only make it worse.
  if (!is_there && (!old().found || old().available == 0)) {
    return wait("waits for a pod of " + old_name() + " to be available before the Service goes back to it");
  }
  if (!is_there) say(true, "SwitchedBack", "Service " + seen_.spec.service + " goes back to " + old_name());
  set_selector(now.old_selector, *now.from);
}

void Sequencer::stop_new() {
  if (!sequence().acted && fresh().found && fresh().replicas != 0) return scale(fresh_name(), fresh(), 0);
  passed("");
}

}  // namespace rollout
