// operator/reconcile/read_consumers.h: asks the API server who uses a database (operator-protocol, Roll-outs 1).
#pragma once
#include "operator/kube/api.h"
#include "operator/reconcile/observed.h"

namespace reconcile {

/// What spec.consumers selects in this namespace, now. Pods by their own labels, templates by the labels they give.
/// Our own migrator pods don't count. Argo Rollouts: only where that type is installed. A right that is missing
/// becomes `problem`; throws TransientError as Api does.
ObservedConsumers read_consumers(kube::Api&, const std::string& namespace_name, const std::vector<spec::Consumer>&,
                                 bool with_templates);

}  // namespace reconcile
