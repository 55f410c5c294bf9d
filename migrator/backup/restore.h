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
  /// SQL run in the restored database before it goes live: the run's journal rows, written again (Going back 1).
  std::string after_sql = {};
  /// Ends every session that this process itself holds on the database (swap needs that); called once, right before.
  std::function<void()> close_own_sessions = {};
  std::function<bool()> cancelled = {};
  std::function<void(const std::string& stage)> progress = {};  // "creating", "restoring 40 %", "switching"
};

struct Restored {
  Method method = Method::kInPlace;
  std::string old_database = {};        // kept as <db>_before_<run>; empty: in place
  std::vector<std::string> heads = {};  // the ledger's rows, compared with the backup's
};

/// Throws PermanentError(kNotWentBack) saying what is there now and the command that finishes it; TransientError before
/// anything changed. Killed anywhere, the next call continues from the names and the restore key.
Restored restore(const postgres::Target&, const RestoreRequest&);

/// Continues or cleans up a restore that a killed run left; called by every run after its own lock. none: there was
/// none.
std::optional<Restored> continue_unfinished(const postgres::Target&, const RestoreRequest&);

/// Rows others wrote since the snapshot was taken: for the report (pg_stat_user_tables n_tup_ins+upd+del).
struct WriteCounter {
  std::int64_t tuples = 0;
};
WriteCounter count_writes(postgres::Session&);

}  // namespace backup
