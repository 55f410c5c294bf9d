#include <algorithm>
#include <cctype>
#include <cstring>

#include "common/error.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"

namespace run {

std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("_./:@%+=,-", c) != nullptr; };
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string restore_command(const Context& run, const std::string& backup) {
  const bool is_usual = run.ledger->name() == ledgers::make_alembic_ledger(spec::Ledger())->name();
  return "sluice restore " + backup + (is_usual ? "" : " --ledger " + run.ledger->name()) + " --yes";
}

std::string journal_after_restore(const Context& run, journal::Run row, const std::vector<journal::Entry>& entries) {
  std::vector<journal::Entry> again;
  for (const journal::Entry& entry : entries) {
    // A run before that was killed shares the backup with the one that goes back.
    if (entry.run == row.run || (!row.backup.empty() && entry.backup == row.backup)) again.push_back(entry);
  }
  std::string sql = run.journal.create_sql();
  for (const journal::Entry& entry : again) sql += run.journal.insert_sql(entry);
  sql += run.journal.undone_sql(again);
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

void tell_finished(const Context& run) {
  run.emit(report::events::kWentBack, {{"how", "an interrupted restore was finished"}});
}

void continue_left_over_restore(Context& run) {
  if (!backup::is_unfinished(run.lock->session(), run.target.database())) return;
  backup::Continued continued;
  try {
    continued = backup::continue_unfinished(run.target, request_to_continue(run));
  } catch (const Error& error) {
    run.result.next = error.code == report::ExitCode::kNotWentBack
                          ? "put the database right by hand, or run again: it goes on from where the database is now"
                          : "run again: the interrupted restore goes on";
    throw;
  }
  if (continued.restored) tell_finished(run);
  if (!continued.given_up.empty()) {
    run.emit(report::events::kWarning,
             {{"file", continued.given_up},
              {"message",
               "a restore of this backup, asked for by hand, was cut off before it changed anything, and isn't "
               "continued unasked; to begin it again: " +
                   restore_command(run, continued.given_up)}});
  }
  if (!run.lock) take_lock(run);
}

}  // namespace

bool finish_interrupted_switch(Context& run) {
  if (!backup::continue_closed(run.target, request_to_continue(run))) return false;
  tell_finished(run);
  return true;
}

postgres::Settings for_looking(const Context& run) {
  postgres::Settings settings;
  settings.lock_timeout = postgres::kLookLockTimeout;
  settings.cancelled = run.cancelled;
  return settings;
}

postgres::Session open_database(Context& run) {
  try {
    return postgres::Session::open(run.target, for_looking(run));
  } catch (const TransientError&) {
    if (!finish_interrupted_switch(run)) throw;
    return postgres::Session::open(run.target, for_looking(run));
  }
}

void take_database(Context& run) {
  try {
    take_lock(run);
  } catch (const TransientError&) {
    if (!finish_interrupted_switch(run)) throw;
    take_lock(run);
  }
  continue_left_over_restore(run);
}

}  // namespace run
