#include "migrator/run/by_hand.h"

#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

template <typename Work>
report::Result reported(Context& run, const Work& work) {
  try {
    work();
    run.result.code = report::ExitCode::kDone;
  } catch (const Error& error) {
    run.result.code = error.code;
    run.result.message = error.what();
  }
  run.result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(run.clock.steady() - run.started).count();
  return run.result;
}

backup::Backup wanted_backup(const RestoreByHand& asked) {
  if (asked.run.backup_dir.empty()) {
    throw PermanentError("which folder of backups? --backup-dir DIR or SLUICE_BACKUP_DIR", report::ExitCode::kUsage);
  }
  auto found = backup::find(asked.run.backup_dir, asked.backup);
  if (!found) {
    throw PermanentError("no backup " + asked.backup + " in " + asked.run.backup_dir + ": see `sluice backup --list`",
                         report::ExitCode::kUsage);
  }
  return *found;
}

std::string command_for(const backup::Backup& from, const RestoreByHand& asked) {
  std::string command = "sluice restore " + from.file + " --backup-dir " + from.folder;
  if (asked.method != backup::Method::kAuto) {
    command += std::string(" --method ") + (asked.method == backup::Method::kSwap ? "swap" : "in-place");
  }
  return command + " --yes";
}

backup::RestoreRequest request_of(Context& run, const RestoreByHand& asked, const backup::Backup& from) {
  backup::RestoreRequest request;
  request.from = from;
  request.by_hand = true;
  request.method = asked.method;
  request.pg_bin = asked.run.pg_bin;
  request.maintenance = asked.run.maintenance;
  request.run = run.id;
  request.cancelled = run.cancelled;
  request.close_own_sessions = [&run] { run.lock.reset(); };
  request.progress = [&run](const std::string& stage) {
    run.emit(report::events::kGoingBack, {{"how", "restore"}, {"stage", stage}});
  };
  return request;
}

void restore_under_lock(Context& run, const RestoreByHand& asked, const backup::Backup& from) {
  take_database(run);
  read_history(run, run.lock->session());
  backup::RestoreRequest request = request_of(run, asked, from);
  if (run.journal.find(run.lock->session())) {
    run.result.target = "restore of " + from.file;
    journal::Run row = run.row("succeeded");
    row.target = run.result.target;
    row.heads = from.heads;
    row.exit_code = 0;
    request.after_sql = journal_after_restore(run, row, {});
  }
  const backup::Restored restored = backup::restore(run.target, request);
  run.result.heads = restored.heads;
  run.result.message = "restored " + from.file;
  if (!restored.old_database.empty()) {
    run.result.next =
        "the database as it was is kept as " + restored.old_database + ": drop it when nothing in it is needed";
  }
}

void restore_wanted(Context& run, const RestoreByHand& asked) {
  const backup::Backup from = wanted_backup(asked);
  if (!asked.run.assume_yes) {
    throw PermanentError("restoring " + from.file + " of " + from.created + " loses what was written since: say --yes",
                         report::ExitCode::kRefused);
  }
  try {
    restore_under_lock(run, asked, from);
  } catch (const Error& error) {
    if (error.code != report::ExitCode::kCancelled) throw;
    run.result.next = "to begin again: " + command_for(from, asked);
    throw TransientError("cancelled; nothing was changed", report::ExitCode::kCancelled);
  }
}

}  // namespace

report::Result back_up_by_hand(const Request& request, const postgres::Target& target, report::EventSink& events,
                               const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request, target, events, clock, cancelled);
  return reported(run, [&run] {
    {
      postgres::Session session = open_database(run);
      run.facts.server_version = session.server_version();
      read_history(run, session);
      check_backup_possible(run, session);
    }
    run.earlier_runs.clear();  // a backup asked for by hand is always a new one
    back_up(run);
    run.result.message = "backup " + run.backup->file;
  });
}

report::Result restore_by_hand(const RestoreByHand& asked, const postgres::Target& target, report::EventSink& events,
                               const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(asked.run, target, events, clock, cancelled);
  return reported(run, [&] { restore_wanted(run, asked); });
}

}  // namespace run
