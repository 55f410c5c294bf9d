// operator/rollout/carry_out.h: does what was decided.
#pragma once
#include "operator/kube/api.h"
#include "operator/reconcile/job.h"
#include "operator/rollout/decide.h"

namespace rollout {

enum class Carried {
  kDone,
  kOutdated,  ///< somebody wrote what we looked at in between: look again
  kGone,      ///< the resource or its namespace is going away: nothing more to do
};

/// Flow: events; status, with the observed resourceVersion; the one action, with the resourceVersion of what it
/// changes; the status that says it is done. Killed anywhere in between, the next look does the rest. Throws what Api
/// throws, and PermanentError where the name of our Job belongs to somebody else.
Carried carry_out(const Observed&, const Decision&, kube::Api&, const reconcile::JobOptions&);

}  // namespace rollout
