// migrator/backup/backup.h: pg_dump into a folder of backups, and back (run-protocol, Going back; guides S1, S2).
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/spec/spec.h"
#include "migrator/postgres/session.h"
#include "migrator/postgres/target.h"

namespace backup {

/// One whole backup: FILE.dump and FILE.json beside it. A half one is never listed: both are renamed into place at the
/// end.
struct Backup {
  std::string file = {};  // "20261121T101500Z_app_3f2a9c.dump": time, database, revision
  std::string folder = {};
  std::string database = {};
  std::string ledger = {};
  std::string system_identifier = {};   // of the server; empty: not known
  std::vector<std::string> heads = {};  // the ledger's rows when it was taken
  std::string run = {};
  std::string created = {};  // RFC 3339
  std::int64_t size_bytes = 0;
  std::string sha256 = {};
  std::string mode = {};  // full, schema
  int server_version = 0;
  std::optional<std::int64_t> writes = {};  // count_writes() before it began; none: not counted
  std::string path() const { return folder + "/" + file; }
};

struct Request {
  std::string folder = {};
  std::string pg_bin = {};  // folder of pg_dump and pg_restore; empty: beside the executable, then PATH
  spec::BackupMode mode = spec::BackupMode::kFull;
  spec::BackupVerify verify = spec::BackupVerify::kList;
  std::string ledger = {};
  /// The ledger's rows, read in the dump's own snapshot; what it throws ends the backup before the dump. Empty: none.
  std::function<std::vector<std::string>(postgres::Session&)> read_heads = {};
  std::string run = {};
  std::optional<std::int64_t> writes = {};
  std::chrono::milliseconds lock_wait{600000};  // for a table that somebody else holds
  std::function<bool()> cancelled = {};
  std::function<void(std::int64_t bytes)> progress = {};
};

/// PermanentError(kBackupFailed) saying what to do: no space, no tool, server newer than the tool (before anything
/// runs), not allowed. TransientError: what passes, as Session's (unreachable, went away while the dump was made,
/// somebody held a table longer than lock_wait), and kCancelled. Leaves no half backup.
Backup make(const postgres::Target&, const Request&);

/// The name that make() would give a backup taken now.
std::string name_for(std::chrono::system_clock::time_point now, const std::string& database,
                     const std::vector<std::string>& heads);

/// Deletes all but the `keep` newest of this one's owner and mode (those without rows don't push out those that can be
/// restored), never this one nor a file of `needed`; 0 keeps all.
void remove_beyond(const Backup& newest, int keep, const std::set<std::string>& needed);

/// Whole ones, newest first. Throws PermanentError(kBackupFailed) when the folder can't be read.
std::vector<Backup> list(const std::string& folder);
/// By file name, path or run id; none: no such backup.
std::optional<Backup> find(const std::string& folder, const std::string& name);

/// Whose a backup is: several databases may share a folder, also those of one name on several servers.
struct Owner {
  std::string database = {}, ledger = {};
  std::string system_identifier = {};  // empty: not known, fits any
};
bool is_of(const Backup&, const Owner&);
/// The newest of this owner; none: there is none of it.
std::optional<Backup> latest(const std::string& folder, const Owner&);
/// What tells the session's server from all others that weren't copied from it byte for byte (pg_control_system());
/// empty: the role may not ask.
std::string system_identifier(postgres::Session&);

/// Preflight: folder writable, room (an estimate from pg_database_size and statvfs), tool there and not older than the
/// server. Throws PermanentError(kBackupFailed).
void check_possible(const postgres::Target&, const Request&, int server_version, std::int64_t database_size_bytes);

}  // namespace backup
