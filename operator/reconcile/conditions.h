// operator/reconcile/conditions.h: the conditions of a state (KEP-1623, kstatus).
#pragma once
#include <vector>

#include "operator/reconcile/contracting.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {

/// Ready; Reconciling or Stalled where they are true (absent otherwise); then Migrated, BackedUp, Healthy, Approved,
/// Contracted where there is something to say. Each with `seen.generation`; the time of the last transition stays
/// while the status of that type stays. `status` is what will be written, but for its conditions; Contracting says what
/// contract waits for, where that was worked out.
std::vector<Condition> conditions(const Observed& seen, const Status& status, const Verdict&, const Contracting&);

}  // namespace reconcile
