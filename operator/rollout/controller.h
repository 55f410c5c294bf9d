// operator/rollout/controller.h: observe → decide → carry out, as the workers call it.
#pragma once
#include "common/clock.h"
#include "operator/kube/api.h"
#include "operator/reconcile/controller.h"
#include "operator/runtime/worker.h"

namespace rollout {

/// One look at one DatabaseRollout. Concurrent looks at different names are fine. What is passed must outlive it.
runtime::Reconcile make_controller(kube::Api&, const Clock&, const reconcile::Settings&);

}  // namespace rollout
