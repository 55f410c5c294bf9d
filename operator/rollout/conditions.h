// operator/rollout/conditions.h: what `kubectl describe` shows. Pure; private to this folder.
#pragma once
#include <vector>

#include "operator/rollout/sequence.h"

namespace rollout {

/// Ready, Reconciling, Stalled as kstatus reads them; Contested and ActiveChanged where they are true; one for each
/// step of the last sequence that was come to; WentBack after a failure.
std::vector<Condition> conditions(const Observed&, const Status&, const Turn&);

}  // namespace rollout
