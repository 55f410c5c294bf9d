// operator/rollout/rival.h: two DatabaseRollouts that name one Service or one Deployment.
#pragma once
#include <string>
#include <vector>

#include "operator/kube/api.h"

namespace rollout {

/// What another one among `all` of the namespace has before this one; empty: nothing. Two sequences on one Service or
/// Deployment could each stop the pods that the other has just sent the traffic to, so one alone goes on: the one that
/// is under way, else the one that was made first. Whoever asks must have read `all` from the API server itself: then
/// at most one of them goes on, whatever caches hold. A migration may be shared: reconcile/held.h says how. Pure.
std::string rival_of(const kube::Object& rollout, const std::vector<kube::Object>& all);

}  // namespace rollout
