// migrator/backup/swap.h: a restore into a new database, and the switch of names (run-protocol, Going back 2). Private
// to this folder.
#pragma once
#include <optional>
#include <string>

#include "migrator/backup/intent.h"
#include "migrator/backup/maintenance.h"
#include "migrator/backup/play.h"

namespace backup {

/// What stands against a swap, as a sentence; none: it can be done. `session`: on the maintenance database, as the role
/// that would do it.
std::optional<std::string> swap_obstacle(postgres::Session& session, const std::string& database);

/// Makes the new database whole and marks it ready. A database of that name that an earlier attempt left is dropped.
/// Nothing that others see has changed when it throws. `role`: the one whose the database's journal is to be, where
/// after_sql makes it.
SwapDatabase build(postgres::Session& maintenance, const postgres::Target& admin, const std::string& database,
                   const std::string& role, const Intent&, const RestoreRequest&, const Tool& pg_restore);

/// Gives the ready database the name of the old one, which is kept. Goes on wherever an earlier attempt stopped.
/// Throws PermanentError(kNotWentBack) when sessions can't be ended: then the old database is open again as it was.
Restored switch_over(postgres::Session& maintenance, const SwapDatabase& ready, const RestoreRequest&);

}  // namespace backup
