// migrator/backup/drop_all.h: everything of the user's in a database, dropped inside one transaction, extensions kept
// (run-protocol, Going back 3). Private to this folder.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "migrator/backup/play.h"
#include "migrator/postgres/script_player.h"

namespace backup {

/// What stands against restoring in place, as a sentence; none: it can be done: objects of a role we are no member of,
/// schemas that this role couldn't make again, more locks than the server has room for.
std::optional<std::string> in_place_obstacle(postgres::ScriptPlayer&, const Contents&);

/// ACCESS EXCLUSIVE on all tables, in one order, so that two never wait for each other.
void lock_everything(postgres::ScriptPlayer&);

/// Drops it. Kept: extensions that the backup has too, and the schemas they live in; schema public; subscriptions. An
/// extension of ours that the backup doesn't know was made after it, and goes.
void drop_everything(postgres::ScriptPlayer&, const Contents&);

/// The statements of pg_restore's script that would now fail because their object was kept.
std::set<std::string> statements_to_skip(postgres::ScriptPlayer&);

}  // namespace backup
