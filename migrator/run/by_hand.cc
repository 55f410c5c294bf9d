#include "migrator/run/by_hand.h"

#include <set>

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

[[noreturn]] void refuse(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

std::string whose(const std::string& database, const std::string& ledger) {
  return "database " + database + " with ledger " + ledger;
}

bool is_on_another_server(const backup::Backup& backup, const backup::Owner& here) {
  return !backup::is_of(backup, {backup.database, backup.ledger, here.system_identifier});
}

/// The newest backup of each owner in the folder, as a sentence.
std::string what_there_is(const std::string& folder, const backup::Owner& here) {
  std::set<std::string> told;
  std::string sentence;
  for (const backup::Backup& each : backup::list(folder)) {
    const std::string owner =
        whose(each.database, each.ledger) + (is_on_another_server(each, here) ? " on another server" : "");
    if (told.insert(owner).second) sentence += (sentence.empty() ? "; there is " : ", ") + each.file + " of " + owner;
  }
  return sentence.empty() ? "; there is none at all" : sentence;
}

/// Never another database's by mistake: it would be replaced as a whole.
void refuse_anothers(const Context& run, const RestoreByHand& asked, const backup::Backup& found,
                     const backup::Owner& here) {
  if (is_on_another_server(found, here) && !asked.from_other_database) {
    refuse("backup " + found.file + " is of database " + found.database + " on another server (system identifier " +
           found.system_identifier + ", here " + here.system_identifier +
           "): if all of this database is to be replaced by a copy of that one, say --from-other-database");
  }
  if (found.database != run.target.database() && !asked.from_other_database) {
    refuse("backup " + found.file + " is of database " + found.database + ", and this is database " +
           run.target.database() + ": if all of this one is to be replaced by a copy of that one, say " +
           "--from-other-database");
  }
  if (found.ledger != run.ledger->name()) {
    refuse("backup " + found.file + " was made with ledger " + found.ledger + ", not " + run.ledger->name() +
           ": say --ledger " + found.ledger);
  }
}

backup::Owner owner_here(Context& run) {
  postgres::Session session = open_database(run);
  return {run.target.database(), run.ledger->name(), backup::system_identifier(session)};
}

backup::Backup wanted_backup(Context& run, const RestoreByHand& asked) {
  const std::string& folder = asked.run.backup_dir;
  if (folder.empty()) refuse("which folder of backups? --backup-dir DIR or SLUICE_BACKUP_DIR");
  const backup::Owner here = owner_here(run);
  if (asked.backup == "latest") {
    if (asked.from_other_database) refuse("the latest is always this database's own: name the backup of the other one");
    if (auto newest = backup::latest(folder, here)) return *std::move(newest);
    refuse("no backup of " + whose(run.target.database(), run.ledger->name()) + " in " + folder +
           what_there_is(folder, here));
  }
  auto found = backup::find(folder, asked.backup);
  if (!found) refuse("no backup " + asked.backup + " in " + folder + ": see `sluice backup --list`");
  refuse_anothers(run, asked, *found, here);
  return *std::move(found);
}

std::string command_for(const Context& run, const RestoreByHand& asked, const backup::Backup& from) {
  std::string words = shell_word(from.file) + " --backup-dir " + shell_word(from.folder);
  if (asked.method == backup::Method::kSwap) words += " --method swap";
  if (asked.method == backup::Method::kInPlace) words += " --method in-place";
  if (asked.from_other_database) words += " --from-other-database";
  return restore_command(run, words);
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
  if (run.journal.find(run.lock->session(), run.rows)) {
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
  const backup::Backup from = wanted_backup(run, asked);
  if (!asked.run.assume_yes) {
    throw PermanentError("restoring " + from.file + " of " + from.created + " loses what was written since: say --yes",
                         report::ExitCode::kRefused);
  }
  try {
    restore_under_lock(run, asked, from);
  } catch (const Error& error) {
    if (error.code != report::ExitCode::kCancelled) throw;
    run.result.next = "to begin again: " + command_for(run, asked, from);
    throw TransientError("cancelled; nothing was changed", report::ExitCode::kCancelled);
  }
}

/// A run at work may have a backup that no row names yet; an unfinished one has left its row.
void try_to_remove_old_backups(Context& run) {
  std::string why = "a run is at work, which may need them";
  try {
    postgres::Session session = open_database(run);
    if (!postgres::holder_of(session, run.keys.run)) {
      read_history(run, session);
      return remove_old_backups(run);
    }
  } catch (const Error& error) {
    why = error.what();
  }
  run.emit(report::events::kWarning, {{"file", run.backup->file}, {"message", "older backups are kept: " + why}});
}

}  // namespace

report::Result back_up_by_hand(const Request& request, const postgres::Target& target, report::EventSink& events,
                               const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request, target, events, clock, cancelled);
  return reported(run, [&run] {
    {
      postgres::Session session = open_database(run);
      run.facts.dialect = session.dialect();
      read_history(run, session);
      check_backup_possible(run, session);
    }
    run.earlier_runs.clear();  // a backup asked for by hand is always a new one
    run.attempts.clear();
    back_up(run);
    try_to_remove_old_backups(run);
    run.result.heads = run.backup->heads;
    run.result.message = "backup " + run.backup->file;
  });
}

report::Result restore_by_hand(const RestoreByHand& asked, const postgres::Target& target, report::EventSink& events,
                               const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(asked.run, target, events, clock, cancelled);
  return reported(run, [&] { restore_wanted(run, asked); });
}

}  // namespace run
