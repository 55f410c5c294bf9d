// migrator/run/phases.h: the phases of a run, in the order execute() calls them; one .cc file each. All of them throw
// Error leaves whose code the run ends with, except where a value is the expected outcome.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "migrator/run/context.h"

namespace run {

/// One connection, one statement: true when the last run of this ledger was this very run, succeeded, and nobody moved
/// the ledger since. `digest` of the files; empty: not known, false. Fills result.heads.
bool nothing_to_do(Context&, postgres::Session&, const std::string& files_digest);
/// The same on the run's first connection, which take_lock() closes. False as well where a lock on the ledger is in the
/// way: whoever works there is waited for under the run's lock.
bool nothing_to_do(Context&, const std::string& files_digest);

/// Refuses transaction pooling; takes the ledger's two keys, telling who holds them while it waits. Afterwards this run
/// is alone.
void take_lock(Context&);
/// take_lock() for whoever changes the database: what a killed restore left is finished or removed, the journal
/// included, and where that one had closed the database, it is opened.
void take_database(Context&);
/// For a session that only looks.
postgres::Settings for_looking(const Context&);
/// Such a session, also where a killed restore had closed the database.
postgres::Session open_database(Context&);

/// Fills in facts.
void learn_facts(Context&, postgres::Session&);
/// Connectivity is there; now: not a standby, privileges (guides S4). Changes nothing.
void preflight(Context&);

/// Reads ledger, journal and earlier runs. Changes nothing.
void read_history(Context&, postgres::Session&);
/// Throws TransientError when the ledger isn't any more as read_history() read it (run-protocol, Lock 6).
void refuse_moved_ledger(const Context&, postgres::Session&);
/// The very same change: files, target, phase, ledger. Never in tool mode without a digest, nor for a relative target.
bool is_this_change(const Context&, const journal::Run& earlier);
/// Whoever comes next goes on with it; a verdict (20, 24, 31 …) was told to somebody, and stands.
bool has_no_verdict(const journal::Run& earlier);
/// The latest runs of this ledger, oldest first, from the first on that changed something: attempts at this very change
/// that were killed, cancelled or stopped by what passes. Going back goes to before them.
std::vector<journal::Run> attempts_without_verdict(const Context&);
/// What run.attempts applied and the ledger still has, in that order. Throws PermanentError(kNotWentBack) where that
/// can't be undone by down scripts.
std::vector<revisions::Step> steps_of_attempts(const Context&);
/// A run with this digest that failed (20) or went back (30) before ends so again at once, unless --again
/// (operator-protocol, Jobs 3): throws PermanentError with the earlier code.
void refuse_what_failed_before(const Context&);
/// Applied revisions whose file isn't what was applied, parents first. After read_history().
std::vector<const revisions::Revision*> edited_files(const Context&);
/// Throws PermanentError(kHistoryMismatch) naming these and the ways on, unless there are none.
void refuse_edited(const Context&, const std::vector<const revisions::Revision*>&);
/// Every ancestor of a ledger row was journaled, no applied file was edited, ids fit the ledger's column
/// (run-protocol, State; guides E12). Throws PermanentError(kHistoryMismatch) naming files.
void check_history(const Context&, postgres::Session&);
/// The last part of it: ids against the real column.
void check_id_lengths(const Context&, postgres::Session&);
/// Journal rows for these revisions, parents first: "stamp", "adopt", "repair". Ids without a file are left out.
std::string record_sql(const Context&, const std::set<std::string>& ids, const std::string& direction);
/// What another program did on this ledger: the ledger is the truth about what is applied, the journal only Sluice's
/// own record. Revisions with a file.
struct Elsewhere {
  std::set<std::string> applied = {};     // the ledger implies them, no journal row says so
  std::set<std::string> taken_back = {};  // the journal says applied, the ledger doesn't imply them
};
/// After check_history(), which refuses what can't be so. Both empty in tool mode.
Elsewhere done_elsewhere(const Context&);
/// Journal rows that bring the journal in line: `adopt`, with the files' checksums as they are; `down` by "the
/// ledger", without a checksum.
std::string elsewhere_sql(const Context&, const Elsewhere&);
/// Notices, one a revision.
void tell_elsewhere(const Context&, const Elsewhere&);

/// Tells journal rows from before the journal knew ancestry what their revisions stand on; empty: all know.
std::string complete_ancestry_sql(const Context&);

/// Plan, shape of each script, hash; fills result.pending and the event `planned`.
void make_plan(Context&);
/// Throws PermanentError(kRefused) when approval or --yes is missing, or the plan isn't the approved one.
void ask_approval(const Context&);

/// SHA-256 of where the database stands and of each step's direction and script: what approval is given for.
std::string plan_hash(std::vector<std::string> rows, const revisions::Plan&);

/// Somebody asks about revisions, or contract steps may be left: the files must be read even if nothing is to do.
bool wants_answers(const Request&);
/// Fills result.answers and, in phase Expand, contract_pending and contract_plan, as the database stands at the end.
/// Leaves them as they are where that isn't known.
void answer(Context&);
/// Under the lock: throws PermanentError(kRefused), reason OldCodeRunning, where request.expect_answers are others now:
/// who was counted as new code isn't any more (operator-protocol, Roll-outs 1).
void refuse_other_answers(Context&);

/// True: an earlier attempt applied everything, but its checks never passed.
bool checks_are_owed(const Context&);
/// Throws PermanentError(kCheckBeforeFailed).
void check_before(Context&);
/// none: all passed, or there are none. Sets result.healthy.
[[nodiscard]] std::optional<Failure> check_after(Context&);
/// After going back: asks those checks again that look at the application, not the schema. Sets result.healthy.
void check_health_again(Context&);

/// Preflight of the backup; throws PermanentError(kBackupFailed) before anything runs.
void check_backup_possible(Context&, postgres::Session&);
/// Takes the backup, unless an earlier attempt at this change left one that is the state before.
void back_up(Context&);

/// Of this ledger's backups the newest backup.keep stay, and those that the latest runs may need to go back to: runs at
/// work, and unfinished ones. Under the lock, or after a look that nobody has it.
void remove_old_backups(const Context&);

/// The name of the backup that back_up() would take now, in run.backup; none: it would take none.
void foresee_backup(Context&);

/// Opens the apply session, brings the journal's tables up to date, adopts, records the run as running.
/// Throws TransientError when the ledger moved since it was read (run-protocol, Lock 6).
void start_applying(Context&);
/// The same onto paper, for which the plan must be made.
void start_printing(Context&, const postgres::Paper&);
/// Applies the plan in order; none: all steps done and flushed. Throws what Applier throws.
[[nodiscard]] std::optional<Failure> apply(Context&);

/// Runs the user's own tool in our lock; none: it ended with 0. Sets result.child_exit.
[[nodiscard]] std::optional<Failure> run_tool(Context&);

/// SQL for the restored database: the journal's tables, the rows of `row`'s run, and that it went back with its digest.
/// Empty: there is no journal yet.
std::string journal_after_restore(const Context&, journal::Run row, const std::vector<journal::Entry>& entries);

/// The command that puts a backup back by hand; `backup`: its path, or its name and the flag of its folder.
std::string restore_command(const Context&, const std::string& backup);
/// As it must be typed: quoted where a shell would read it otherwise.
std::string shell_word(const std::string&);

/// What onFailure says; sets the result's code: the failure's own, 30 or 31.
void go_back(Context&, const Failure&);

/// The end of the run as result.code and result.heads say, as SQL.
std::string end_sql(const Context&);
/// Writes the end of a run that had begun, flushed; then the result says what the database says.
void record_end(Context&);
/// After a good run with a backup: of the databases that restores by swap replaced, the newest backup.keep stay.
void drop_old_databases(Context&);
/// A run that found nothing pending, recorded so that the next one is one statement.
void record_nothing_pending(Context&);

}  // namespace run
