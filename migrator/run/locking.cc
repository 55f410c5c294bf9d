#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/run/phases.h"

namespace run {

namespace {

/// Before the lock: behind such a proxy it would stay with a connection that others get, and lock out every later run.
void refuse_pooling(Context& run) {
  if (!run.first) run.first.emplace(postgres::Session::open(run.target, for_looking(run)));
  postgres::refuse_transaction_pooling(run.target, *run.first);
  run.first.reset();  // who waits for the lock holds one connection
}

}  // namespace

void take_lock(Context& run) {
  refuse_pooling(run);
  postgres::RunLock::Wait wait;
  wait.at_most = run.request.spec.apply.lock_wait;
  wait.cancelled = run.cancelled;
  // It has no client any more; at worst it goes on to the end of a statement, which takes as long as that takes.
  if (run.request.spec.apply.on_blocked == spec::OnBlocked::kTerminate)
    wait.end_orphan_after = run.request.spec.apply.lock_timeout;
  bool is_held = false;
  wait.waiting = [&run, &is_held](const postgres::Holder& holder) {
    is_held = true;
    run.emit(report::events::kWaitingForLock, {{"holder_pid", holder.pid},
                                               {"holder_application", holder.application_name},
                                               {"holder_user", holder.user},
                                               {"since", holder.since}});
  };
  try {
    run.lock.emplace(postgres::RunLock::acquire(run.target, run.keys, wait));
  } catch (const TransientError& error) {
    if (is_held && error.code == report::ExitCode::kNotNow) run.result.reason = "LockHeld";
    throw;
  }
  run.result.reason.clear();
  SLUICE_FAILPOINT("run.locked");
  run.emit(report::events::kLocked, {{"ledger", run.ledger->name()}});
}

}  // namespace run
