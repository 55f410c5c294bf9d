// migrator/backup/restore.h: putting a backup back: by swap, or in place (run-protocol, Going back 2 and 3).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "migrator/backup/backup.h"
#include "migrator/postgres/session.h"

namespace backup {

enum class Method { kAuto, kSwap, kInPlace };

struct RestoreRequest {
  Backup from = {};
  Method method = Method::kAuto;
  std::string pg_bin = {};
  std::string run = {};
  bool by_hand = false;  // a person asked for it: cut off before it changed anything, it isn't continued unasked
  /// SQL run in the restored database before it goes live: the run's journal rows, written again (Going back 1).
  std::string after_sql = {};
  /// Ends every session that this process itself holds on the database (swap needs that); called once, right before.
  std::function<void()> close_own_sessions = {};
  std::function<bool()> cancelled = {};
  std::function<void(const std::string& stage)> progress = {};  // "creating", "restoring 40 %", "switching"
  /// A role that may create and rename databases (spec.database.maintenanceUrlFrom), for swap; none: the target's own.
  std::optional<postgres::Target> maintenance = {};
  /// One statement that reads the ledger's rows; empty: column version_num of the backup's ledger.
  std::string heads_sql = {};
};

struct Restored {
  Method method = Method::kInPlace;
  std::string old_database = {};        // kept as <db>_before_<run>; empty: in place
  std::vector<std::string> heads = {};  // the ledger's rows, compared with the backup's
};

/// Puts the whole database back to where it was when the backup was taken.
///
/// Flow: the backup's sum is checked; the restore key is taken in the maintenance database; what is intended is written
/// into the database itself (table sluice_restore); then swap or in place. kAuto takes swap unless something stands
/// against it (a missing privilege, a logical slot, a subscription, a security label, prepared transactions), and in
/// place when swap fails before it switched. Guarantees: the database is the old one or the restored one, never a
/// mixture, for whoever connects. Killed anywhere, `continue_unfinished` or the next `restore` finishes it, except one
/// by hand that had changed nothing yet: that is given up. From the commit or the closing of the database on, cancelled
/// is no longer asked. Errors: PermanentError(kNotWentBack): nothing was changed; says why and what to do.
/// TransientError: cancelled, the connection lost, or others hold locks: the intent stands and the next run continues;
/// by hand, nothing was changed and what was made is removed.
/// Losing what others wrote after the backup is the caller's decision (run-protocol, Going back 1).
Restored restore(const postgres::Target&, const RestoreRequest&);

/// Whether a restore of `database` was left unfinished, or is at work: one statement on any session of that database.
bool is_unfinished(postgres::Session&, const std::string& database);

/// Why neither way of restoring would work now, for a preflight; none: one of them would.
std::optional<std::string> restore_obstacle(const postgres::Target&, const RestoreRequest&);

/// What became of a restore that was left unfinished; both empty: there was none.
struct Continued {
  std::optional<Restored> restored = {};  // it is finished
  std::string given_up = {};              // path of the backup: begun by hand, it had changed nothing, and was removed
};

/// Continues or cleans up a restore that a killed run left; called by every run after its own lock. Of the request it
/// uses pg_bin, maintenance, cancelled, progress, close_own_sessions, and from.folder where the backup is no longer
/// under the path it had. Errors as restore: after PermanentError(kNotWentBack) it isn't tried again. TransientError
/// also while another process restores.
Continued continue_unfinished(const postgres::Target&, const RestoreRequest&);

/// For a run that can't connect: finishes a swap that was killed while the database was closed for it ("not currently
/// accepting connections", SQLSTATE 55000), which nobody else could have used since. none: that isn't why.
std::optional<Restored> continue_closed(const postgres::Target&, const RestoreRequest&);

/// Deletes databases that swaps left (<db>_before_<run>), all but the `keep` newest; 0 keeps all. Returns their names.
std::vector<std::string> drop_old_databases(const postgres::Target&, const RestoreRequest&, int keep);

/// Rows written so far, by anybody, as the server's statistics know it (pg_stat_user_tables n_tup_ins+upd+del, without
/// schema sluice): the difference of two counts says how many were written between. A lower bound: a session reports
/// what it wrote after its transaction ended, at most once a second, and up to ten seconds late when it goes idle.
struct WriteCounter {
  std::int64_t tuples = 0;
};
WriteCounter count_writes(postgres::Session&);

}  // namespace backup
