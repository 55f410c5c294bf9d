// operator/reconcile/held.h: what DatabaseRollouts keep from the migration they reference.
#pragma once
#include "operator/reconcile/observed.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// Expand is free where one of them is at step Expand; contract where one is at step Contract and no other has a
/// sequence under way. From the caches; what says that contract is free is asked of the API server again, since
/// contract can't be taken back. Throws what Api throws.
HeldByRollout read_held(kube::Api&, const runtime::Caches&, const kube::ObjectName& migration);

}  // namespace reconcile
