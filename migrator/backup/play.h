// migrator/backup/play.h: a backup played into a database through pg_restore's script. Private to this folder.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "migrator/backup/restore.h"
#include "migrator/backup/tool.h"
#include "migrator/postgres/script_player.h"

namespace backup {

/// What `pg_restore --list` says of a backup.
struct Contents {
  std::set<std::string> extensions = {};
  int entries = 0;
  int tables_with_rows = 0;
};
/// Throws PermanentError(kNotWentBack) when pg_restore can't read it.
Contents read_contents(const Tool& pg_restore, const Backup&, const postgres::Target&);

/// Of every session that restores: what the role or the database has as timeouts would end a restore in its middle,
/// and each one that goes on with it.
postgres::Settings restore_settings();

enum class Wrapping {
  kEachStatement,   // autocommit
  kOneTransaction,  // the caller's own: the script's transaction control is left out
};

/// Plays all of it; stops at the first error. Leaves out psql's lines, transaction_timeout on servers that don't know
/// it (run-protocol, Going back 4), and what `skip` says. Afterwards the session's settings are reset. Throws
/// PermanentError(kNotWentBack) for a damaged backup, else what ScriptPlayer throws.
void play(const Tool& pg_restore, const RestoreRequest&, const Contents&, Wrapping, postgres::ScriptPlayer&,
          const std::function<bool(const std::string& statement)>& skip);

/// Without statistics the restored database is only slower: but for SIGTERM, a failure is a warning.
void analyze(postgres::ScriptPlayer&);

/// The ledger's rows, sorted, read on the player's session; empty where there is no such table.
std::vector<std::string> read_heads(postgres::ScriptPlayer&, const RestoreRequest&);
/// Throws PermanentError(kNotWentBack) when they aren't the backup's.
void compare_heads(const std::vector<std::string>& heads, const Backup&);

}  // namespace backup
