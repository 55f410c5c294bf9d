#include "common/error.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"

namespace run {
std::string journal_after_restore(const Context& run, journal::Run row, const std::vector<journal::Entry>& entries) {
  std::string sql = run.journal.create_sql();
  for (journal::Entry entry : entries) {
    // A run before that was killed shares the backup with the one that goes back.
    if (entry.run != row.run && (row.backup.empty() || entry.backup != row.backup)) continue;
    sql += run.journal.insert_sql(entry);
    if (entry.direction != "up" || entry.result != "succeeded") continue;
    entry.direction = "restore";
    entry.started_at.clear();
    entry.finished_at.clear();
    sql += run.journal.insert_sql(entry);
  }
  journal::Run started = row;
  started.result = "running";
  return sql + run.journal.start_run_sql(started) + run.journal.finish_run_sql(row);
}

namespace {

backup::RestoreRequest request_to_continue(Context& run) {
  backup::RestoreRequest request;
  request.pg_bin = run.request.pg_bin;
  request.maintenance = run.request.maintenance;
  request.run = run.id;
  request.from.folder = run.request.backup_dir;
  request.close_own_sessions = [&run] { run.lock.reset(); };
  request.cancelled = run.cancelled;
  request.progress = [&run](const std::string& stage) {
    run.emit(report::events::kGoingBack, {{"how", "continuing an interrupted restore"}, {"stage", stage}});
  };
  return request;
}

}  // namespace

void continue_left_over_restore(Context& run) {
  if (!backup::is_unfinished(run.lock->session(), run.target.database())) return;
  if (backup::continue_unfinished(run.target, request_to_continue(run))) {
    run.emit(report::events::kWentBack, {{"how", "an interrupted restore was finished"}});
  }
  if (!run.lock) take_lock(run);
}

bool finish_interrupted_switch(Context& run) {
  if (!backup::continue_closed(run.target, request_to_continue(run))) return false;
  run.emit(report::events::kWentBack, {{"how", "an interrupted restore was finished"}});
  return true;
}

}  // namespace run
