// operator/reconcile/record.h: what a finished Job means for the status.
#pragma once
#include "operator/reconcile/observed.h"

namespace reconcile {

/// Takes the end of `job`, the Job of `run` (which is a part of `status`), into the status: code, reason, message,
/// counts, heads, backup, plan, answers, history. The pod's exit code decides; without one, or with a result that
/// doesn't fit it or, where a digest was expected, names none, the result is lost (operator-protocol, Jobs 2), except
/// that 20 to 32 stand for themselves. A run
/// that was being cancelled and came to nothing that lasts is cancelled: no retry follows.
void record(Status&, RunStatus& run, const ObservedJob&, Time now);

/// The API server refused the Job, as `seen` has it: what podTemplate or a volume says can't be; or for what may pass:
/// then the attempt is over without a Job, and another follows.
void record_refusal(Status&, RunStatus& run, const Observed& seen);

/// The run ended without a result of its own: deleted or replaced by us.
void record_end(Status&, RunStatus& run, const char* reason, const std::string& message, Time now);

/// The Job of a run that was being cancelled is gone, and nobody read its pod's end: code 143 where the pod had not
/// started, else 70: what it came to isn't known.
void record_unread_cancel(Status&, RunStatus& run, Time now);

/// A resource that points at another database now must not let code in by what the old one held. `database`: hash of
/// where it points (inputs.h).
void forget_another_database(Status&, const std::string& database);

}  // namespace reconcile
