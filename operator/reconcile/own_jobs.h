// operator/reconcile/own_jobs.h: the Jobs of one resource and the attempts they belong to. Pure.
#pragma once
#include <string>
#include <vector>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// Named in the status before it was created. A Job that only claims our resource as its owner is neither waited for
/// nor read nor deleted (operator-protocol, Trust 4).
bool is_ours(const Status&, const ObservedJob&);

/// Null: there is no such Job.
const ObservedJob* find_job(const Observed&, const std::string& name);

/// Ours that hasn't ended; null: none. There is at most one.
const ObservedJob* live_job(const Observed&, const Status&);

/// The attempt whose end isn't recorded yet, of whatever kind; null: none. There is at most one.
RunStatus* under_way(Status&);

/// Higher than any attempt before, also after a lost status: a name that was used must not come twice.
int next_attempt(const Observed&, const Status&);

/// Ended and recorded before this look; the newest two stay.
std::vector<const ObservedJob*> old_jobs(const Observed&, const Status&);

}  // namespace reconcile
