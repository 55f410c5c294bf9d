// migrator/backup/maintenance.h: the maintenance database: the restore key, and the databases that swaps make. Private
// to this folder.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "migrator/postgres/session.h"

namespace backup {

/// A database that belongs to a swap, as its comment says.
struct SwapDatabase {
  enum class Kind {
    kBuilding,  // being restored into; worth nothing when its builder is gone
    kReady,     // whole: only the switch of names is left
    kBefore,    // the old database, kept
  };
  std::string name = {};
  Kind kind = Kind::kBuilding;
  std::string of = {};      // the database that is restored
  std::string before = {};  // the name the old one gets
  std::string run = {};
  std::string at = {};  // RFC 3339; of kBefore: when it was switched
  std::vector<std::string> heads = {};
  std::string comment = {};  // what the comment was before (kBefore)
  std::string by_hand = {};  // path of the backup, where a person asked for the restore; empty: a run did
};

/// The text of the comment.
std::string to_comment(const SwapDatabase&);
/// All that belong to swaps of `database`.
std::vector<SwapDatabase> swap_databases(postgres::Session&, const std::string& database);

/// A session in database postgres, or template1 where that is impossible or is the database in question itself.
/// Throws as Session::open.
postgres::Session open_maintenance(const postgres::Target&, const std::string& database);

/// The advisory key that excludes two restores of one database.
std::int64_t restore_key(const std::string& database);
/// Polls for the key on this session, so that what a killed restore's backend still does comes to its end first.
/// Throws TransientError(kNotNow) after ten seconds, TransientError(kCancelled).
void take_restore_key(const std::function<postgres::Rows(const std::string&)>& query, const std::string& database,
                      const std::function<bool()>& cancelled);

/// `database` with `suffix`, at most 63 bytes, never cut inside a character.
std::string fitted_name(const std::string& database, const std::string& suffix);

/// Ends its sessions (as far as allowed) and drops it; nothing to do is fine.
void drop_database(postgres::Session&, const std::string& name);
/// Ends the sessions of these databases that this role may end. Returns how many are there still.
int end_sessions(postgres::Session&, const std::string& one, const std::string& other);

}  // namespace backup
