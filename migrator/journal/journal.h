// migrator/journal/journal.h: Sluice's own tables of what was done: sluice_run and sluice_journal (run-protocol,
// State).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "migrator/postgres/session.h"
#include "migrator/revisions/plan.h"

namespace journal {

/// Who took back what the ledger no longer has, in applied_by: another program, or a stamp.
inline constexpr const char* kTheLedger = "the ledger";

/// One row of sluice_journal: one attempt at one step.
struct Entry {
  std::int64_t id = 0;
  std::string run = {}, ledger = {}, revision = {};
  std::string direction = {};  // up, down, stamp, adopt, repair, restore
  std::string checksum = {};   // sha256 of the script
  std::string file = {};       // the script's name; empty: not known (rows of older versions)
  int statements_total = 0, statements_applied = 0;
  std::string applied_checksum = {};  // sha256 of the statements applied so far, of a step outside a transaction
  std::string result = {};            // running, succeeded, failed, cancelled
  std::string error = {};             // redacted
  std::string started_at = {}, finished_at = {}, applied_by = {}, tool_version = {}, backup = {};
  std::optional<std::vector<std::string>> below = {};  // parents and dependencies; none: not known
};

/// One row of sluice_run.
struct Run {
  std::string run = {}, ledger = {}, digest = {}, target = {}, phase = {};
  std::vector<std::string> heads = {};
  std::string result = {};  // running, succeeded, failed, cancelled, went back
  std::string started_at = {}, finished_at = {}, applied_by = {}, tool_version = {}, backup = {};
  int exit_code = -1;  // of a finished run
};

/// A step of a run, up or down: not a record of what others did.
bool is_step(const Entry&);

struct Place;
struct Places;

/// Names of the tables; schema `sluice`, or the ledger's schema where the role may not write or create it. A ledger's
/// rows are in one of them.
class Journal {
 public:
  Journal(std::string ledger_name, std::string ledger_schema);

  /// Finds where the tables are and brings their shape up to date; under the lock. Throws
  /// PermanentError(kHistoryMismatch) when the shape is newer than this binary knows, TransientError(kNotAllowed) with
  /// the GRANTs where the role may write neither place.
  void ensure(postgres::Session&);
  /// What ensure() would send; empty: all is there. Looks, changes nothing. Throws as ensure().
  std::string ensure_sql(postgres::Session&);
  /// False: nothing was ever done on this ledger, whose rows are `heads`: the tables aren't there, or the role may read
  /// none and the ledger holds nothing either. Looks, changes nothing. Throws TransientError(kNotAllowed) with the
  /// GRANTs where a journal is there that the role may not read.
  bool find(postgres::Session&, const std::vector<std::string>& heads);
  /// What an owner must say so that the role can keep the journal of this ledger, whose rows are `heads`; empty: all is
  /// allowed. Looks, changes nothing.
  std::string missing_grants(postgres::Session&, const std::vector<std::string>& heads) const;

  /// The tables where they aren't there yet, as SQL: for a database that is being restored.
  std::string create_sql() const;

  /// "Nothing to do" in one statement (run-protocol, State): the last run of this ledger succeeded, has this digest, no
  /// later unfinished row, and the ledger's rows as a set equal its heads. Works when no table exists (false). Never on
  /// a standby. Returns the heads; none: there may be something to do.
  std::optional<std::vector<std::string>> unchanged_since(postgres::Session&, const std::string& digest,
                                                          const std::string& ledger_table_quoted) const;

  std::string start_run_sql(const Run&) const;
  std::string finish_run_sql(const Run&) const;
  /// INSERT for inside a step's message. Times are clock_timestamp().
  std::string insert_sql(const Entry&) const;
  /// Updates statements_applied, result and error of the running row of (run, revision, direction).
  std::string update_sql(const Entry&) const;

  /// Of this ledger, oldest first. Steps of a run that a restore undid are as if they had never been: they are left
  /// out, and so is what says so.
  std::vector<Entry> entries(postgres::Session&) const;
  /// What says so of these entries, once a restore has brought back the time before them: one `restore` row for each
  /// run and revision.
  std::string undone_sql(const std::vector<Entry>&) const;
  std::vector<Run> runs(postgres::Session&, int newest) const;
  /// What each revision stands on, as the newest row that knows it says: who has no files can walk down from the
  /// ledger's rows. A revision without such a row isn't there.
  std::map<std::string, std::vector<std::string>> ancestry(postgres::Session&) const;
  /// Tells rows from before the journal knew ancestry what their revisions stand on; empty: `entries` all know.
  std::string complete_ancestry_sql(const std::vector<Entry>& entries,
                                    const std::map<std::string, std::vector<std::string>>& below) const;
  std::string schema_quoted() const;

 private:
  /// Where this ledger's rows are, or would be looked for first; null: nowhere that the role may read.
  const Place* readable(postgres::Session&, const Places&) const;
  /// Where its rows go; null: nowhere that the role may write. `missing`: the GRANTs then.
  const Place* writable(postgres::Session&, const Places&, const std::vector<std::string>& heads,
                        std::string& missing) const;
  /// Whether rows of this ledger are in the tables of this schema.
  bool has_rows(postgres::Session&, const std::string& schema) const;
  void use(const Place&);

  std::string ledger_name_, ledger_schema_, schema_;
  bool has_ancestry_ = true, has_file_ = true;  // false: the table was made before the column `below` or `file` was
};

}  // namespace journal
