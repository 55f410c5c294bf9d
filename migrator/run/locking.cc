#include "common/failpoint.h"
#include "migrator/run/phases.h"

namespace run {

void take_lock(Context& run) {
  postgres::RunLock::Wait wait;
  wait.at_most = run.request.spec.apply.lock_wait;
  wait.cancelled = run.cancelled;
  wait.waiting = [&run](const postgres::Holder& holder) {
    run.emit(report::events::kWaitingForLock, {{"holder_pid", holder.pid},
                                               {"holder_application", holder.application_name},
                                               {"holder_user", holder.user},
                                               {"since", holder.since}});
  };
  run.lock.emplace(postgres::RunLock::acquire(run.target, run.keys, wait));
  SLUICE_FAILPOINT("run.locked");
  run.emit(report::events::kLocked, {{"ledger", run.ledger->name()}});
}

}  // namespace run
