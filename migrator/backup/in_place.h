// migrator/backup/in_place.h: a restore inside the database itself, in one transaction (run-protocol, Going back 3).
// Private to this folder.
#pragma once
#include "migrator/backup/intent.h"
#include "migrator/backup/play.h"

namespace backup {

/// Drops everything, plays the backup, commits. Others see the old state or the new one. Where locks of others are in
/// the way it tries again for about a minute.
/// Throws PermanentError(kNotWentBack) when something stands against it, TransientError, InDoubtError when the
/// connection was lost during the commit: the intent's table tells.
Restored restore_in_place(const postgres::Target&, const Intent&, const RestoreRequest&, const Tool& pg_restore);

}  // namespace backup
