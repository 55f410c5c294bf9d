#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

backup::Request backup_request(Context& run) {
  const spec::Backup& wanted = run.request.spec.backup;
  backup::Request request;
  request.folder = run.request.backup_dir;
  request.pg_bin = run.request.pg_bin;
  request.mode = wanted.mode;
  request.verify = wanted.verify;
  request.ledger = run.ledger->name();
  request.read_heads = [&run](postgres::Session& session) {
    // By hand no lock is held, and nothing is planned: the dump is of whatever moment it is of.
    if (run.lock) refuse_moved_ledger(run, session);
    return run.ledger->read(session).value_or(std::vector<std::string>());
  };
  request.run = run.id;
  request.writes = run.writes_before_backup;
  request.cancelled = run.cancelled;
  request.progress = [&run](std::int64_t bytes) {
    run.emit(report::events::kStepProgress, {{"step", "backup"}, {"bytes", bytes}});
  };
  return request;
}

/// The backup of the first attempt at this very change: the database now is neither the old state nor the new one, so
/// that one, not a new one, is what going back means.
std::optional<backup::Backup> backup_before_interruption(Context& run) {
  // Killed before its first step it left nothing to go back behind: a new backup loses less of what others wrote.
  if (run.attempts.empty() || run.attempts.front().backup.empty()) return std::nullopt;
  auto found = backup::find(run.request.backup_dir, run.attempts.front().backup);
  if (!found) return std::nullopt;
  backup::Owner owner{.database = run.target.database(), .ledger = found->ledger};
  if (run.lock) owner.system_identifier = backup::system_identifier(run.lock->session());
  return backup::is_of(*found, owner) ? found : std::nullopt;
}

bool is_wanted(const Context& run) {
  return run.request.spec.backup.mode != spec::BackupMode::kNone && run.backup_is_wanted;
}

void keep(Context& run, backup::Backup taken) {
  run.result.backup = report::BackupReport{.file = taken.file, .size_bytes = taken.size_bytes, .sha256 = taken.sha256};
  run.backup = std::move(taken);
}

/// Where only checks are owed, it would be the backup of the new state.
bool only_checks_are_owed(const Context& run) { return run.plan.steps.empty() && !run.is_tool_mode() && run.lock; }

}  // namespace

void check_backup_possible(Context& run, postgres::Session& session) {
  if (!is_wanted(run)) return;
  if (run.request.backup_dir.empty()) {
    throw PermanentError("a backup is asked for, but no folder for it: use --backup-dir DIR or SLUICE_BACKUP_DIR",
                         report::ExitCode::kUsage);
  }
  const postgres::Rows size = session.query("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())");
  run.facts.size_bytes = std::stoll(size.at(0).at(0).value_or("0"));
  if (!only_checks_are_owed(run) && !backup_before_interruption(run)) {
    backup::check_possible(run.target, backup_request(run), run.facts.dialect.server_version, run.facts.size_bytes);
  }
  const bool may_restore = run.request.spec.on_failure == spec::OnFailure::kRestore &&
                           run.request.spec.backup.accept_lost_writes && !run.request.init_container;
  if (!may_restore) return;
  backup::RestoreRequest restore;
  restore.pg_bin = run.request.pg_bin;
  restore.maintenance = run.request.maintenance;
  if (const auto obstacle = backup::restore_obstacle(run.target, restore)) {
    throw PermanentError("onFailure: restore is asked for, but a restore would not work: " + *obstacle,
                         report::ExitCode::kBackupFailed);
  }
}

void foresee_backup(Context& run) {
  if (!is_wanted(run)) return;
  if (auto earlier = backup_before_interruption(run)) return keep(run, std::move(*earlier));
  if (run.plan.steps.empty()) return;
  run.backup.emplace().file = backup::name_for(run.clock.now(), run.target.database(), run.rows);
}

void back_up(Context& run) {
  if (!is_wanted(run)) return;
  if (auto earlier = backup_before_interruption(run)) return keep(run, std::move(*earlier));
  if (only_checks_are_owed(run)) return;
  run.emit(report::events::kBackupStarted,
           {{"mode", run.request.spec.backup.mode == spec::BackupMode::kFull ? "full" : "schema"}});
  const auto started = run.clock.steady();
  // Before, not after: what is written while the dump is made isn't in it.
  if (run.lock) run.writes_before_backup = backup::count_writes(run.lock->session()).tuples;
  keep(run, backup::make(run.target, backup_request(run)));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(run.clock.steady() - started);
  run.emit(report::events::kBackupDone, {{"file", run.backup->file},
                                         {"size", run.backup->size_bytes},
                                         {"sha256", run.backup->sha256},
                                         {"took_ms", took.count()}});
  SLUICE_FAILPOINT("run.backed_up");
  if (run.lock) remove_old_backups(run);
}

void remove_old_backups(const Context& run) {
  std::set<std::string> needed;
  for (const journal::Run& each : run.earlier_runs) {
    if (!has_no_verdict(each)) break;
    needed.insert(each.backup);
  }
  backup::remove_beyond(*run.backup, run.request.spec.backup.keep, needed);
}

}  // namespace run
