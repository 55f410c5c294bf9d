#include "migrator/backup/swap.h"

#include <chrono>
#include <thread>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "migrator/backup/database_settings.h"
#include "migrator/backup/metadata.h"

namespace backup {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;

void say(const RestoreRequest& request, const std::string& stage) {
  if (request.progress) request.progress(stage);
}

void mark(postgres::Session& session, const SwapDatabase& database) {
  session.execute("COMMENT ON DATABASE " + quote_identifier(database.name) + " IS " +
                  quote_literal(to_comment(database)));
}

/// A journal that is made here belongs to the role that runs migrations, not to the one that restores. One that came
/// with the backup may be another's, and stays so: whoever restores may write to it.
void write_journal(postgres::ScriptPlayer& player, const std::string& role, const std::string& after_sql) {
  if (after_sql.empty()) return;
  const bool is_anothers = !player
                                .query(
                                    "SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'sluice_run' AND NOT "
                                    "pg_catalog.pg_has_role(" +
                                    quote_literal(role) + ", relowner, 'USAGE')")
                                .empty();
  if (!is_anothers) player.execute("SET ROLE " + quote_identifier(role));
  player.execute(after_sql);
  player.execute("RESET ROLE");
}

/// Plays the backup into the new database.
void fill(postgres::ScriptPlayer& player, const postgres::Target& work, const RestoreRequest& request,
          const Tool& pg_restore) {
  const Contents contents = read_contents(pg_restore, request.from, work);
  // Nobody relies on it before it is marked as ready; that commit flushes all before it.
  player.execute("SET synchronous_commit = off");
  play(pg_restore, request, contents, Wrapping::kEachStatement, player, {});
  SLUICE_FAILPOINT("restore-played");
}

std::vector<std::string> compare(postgres::ScriptPlayer& player, const RestoreRequest& request) {
  std::vector<std::string> heads = read_heads(player, request);
  compare_heads(heads, request.from);
  return heads;
}

/// Old to kept, new to old, in one transaction; comments tell which is which afterwards.
std::string switch_sql(postgres::Session& session, const SwapDatabase& ready) {
  const postgres::Rows rows = session.query(
      "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = $1",
      {ready.of});
  const postgres::Value comment = rows.at(0)[0];
  SwapDatabase before = ready;
  before.kind = SwapDatabase::Kind::kBefore;
  before.comment = comment.value_or("");
  before.at = rfc3339(std::chrono::system_clock::now());
  const std::string now = quote_identifier(ready.of), kept = quote_identifier(ready.before);
  return "ALTER DATABASE " + now + " RENAME TO " + kept + "; ALTER DATABASE " + quote_identifier(ready.name) +
         " RENAME TO " + now + "; COMMENT ON DATABASE " + kept + " IS " + quote_literal(to_comment(before)) +
         "; COMMENT ON DATABASE " + now + " IS " + (comment ? quote_literal(*comment) : std::string("NULL")) +
         "; ALTER DATABASE " + kept + " ALLOW_CONNECTIONS true";
}

/// Ends sessions and tries the switch until it works. The server itself refuses while a session is left.
void switch_when_empty(postgres::Session& session, const SwapDatabase& ready) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const std::string statements = switch_sql(session, ready);
  for (;;) {
    const int left = end_sessions(session, ready.of, ready.name);
    SLUICE_FAILPOINT("restore-terminated");
    try {
      if (left == 0) return session.execute(statements);
    } catch (const PermanentError&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
    }
    if (left > 0 && std::chrono::steady_clock::now() > deadline)
      throw PermanentError(std::to_string(left) + " sessions on database " + ready.of + " can't be ended",
                           report::ExitCode::kNotWentBack);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void allow_connections(postgres::Session& session, const std::string& database, bool allow) {
  session.execute("ALTER DATABASE " + quote_identifier(database) + " ALLOW_CONNECTIONS " + (allow ? "true" : "false"));
}

}  // namespace

std::optional<std::string> swap_obstacle(postgres::Session& session, const std::string& database) {
  const postgres::Rows rows = session.query(
      "SELECT CASE "
      "WHEN d.datname = pg_catalog.current_database() THEN 'it is the maintenance database' "
      "WHEN NOT (r.rolsuper OR (r.rolcreatedb AND pg_catalog.pg_has_role(d.datdba, 'USAGE'))) "
      "THEN 'role ' || current_user || ' is not its owner with CREATEDB' "
      "WHEN EXISTS (SELECT FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname) "
      "THEN 'a logical replication slot is in it' "
      "WHEN EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts x WHERE x.database = d.datname) "
      "THEN 'prepared transactions are in it' "
      "WHEN EXISTS (SELECT s.subdbid FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid) "
      "THEN 'a subscription is in it' "
      // Its provider may not be loaded in our session: then nobody here can set the label again.
      "WHEN EXISTS (SELECT FROM pg_catalog.pg_shseclabel l WHERE l.classoid = "
      "'pg_catalog.pg_database'::pg_catalog.regclass AND l.objoid = d.oid) "
      "THEN 'it has a security label' "
      "WHEN NOT r.rolsuper AND NOT r.rolcreaterole AND EXISTS (SELECT FROM pg_catalog.pg_db_role_setting c "
      "WHERE c.setdatabase = d.oid AND c.setrole NOT IN (0, r.oid)) "
      "THEN 'other roles have settings of their own in it' "
      "WHEN NOT r.rolsuper AND EXISTS (SELECT FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles theirs "
      "ON theirs.oid = a.usesysid WHERE a.datname = d.datname AND (theirs.rolsuper OR NOT "
      "(pg_catalog.pg_has_role(a.usesysid, 'MEMBER') OR pg_catalog.pg_has_role('pg_signal_backend', 'MEMBER')))) "
      "THEN 'sessions are connected that role ' || current_user || ' may not end' END "
      "FROM pg_catalog.pg_database d, pg_catalog.pg_roles r WHERE d.datname = $1 AND r.rolname = current_user",
      {database});
  return rows.empty() ? std::optional<std::string>("it doesn't exist") : rows[0][0];
}

SwapDatabase build(postgres::Session& maintenance, const postgres::Target& admin, const std::string& database,
                   const std::string& role, const Intent& intent, const RestoreRequest& request,
                   const Tool& pg_restore) {
  say(request, "creating");
  drop_database(maintenance, intent.work);
  maintenance.execute(create_like_sql(maintenance, database, intent.work));
  SLUICE_FAILPOINT("restore-created");
  SwapDatabase work{.name = intent.work, .of = database, .before = intent.before, .run = intent.run};
  if (intent.by_hand) work.by_hand = intent.from.path();
  mark(maintenance, work);
  say(request, "restoring 0 %");
  const postgres::Target inside = admin.with_database(intent.work);
  postgres::ScriptPlayer player(inside, restore_settings(), request.cancelled);
  fill(player, inside, request, pg_restore);
  // The role's rights among them.
  for (const std::string& statement : copy_settings_sql(maintenance, database, intent.work))
    maintenance.execute(statement);
  SLUICE_FAILPOINT("restore-settings");
  write_journal(player, role, intent.after_sql);
  say(request, "analyzing");
  analyze(player);
  SLUICE_FAILPOINT("restore-analyzed");
  work.heads = compare(player, request);
  work.kind = SwapDatabase::Kind::kReady;
  mark(maintenance, work);
  SLUICE_FAILPOINT("restore-ready");
  return work;
}

Restored switch_over(postgres::Session& maintenance, const SwapDatabase& ready, const RestoreRequest& request) {
  say(request, "switching");
  if (request.close_own_sessions) request.close_own_sessions();
  allow_connections(maintenance, ready.of, false);
  SLUICE_FAILPOINT("restore-closed");
  try {
    switch_when_empty(maintenance, ready);
  } catch (const PermanentError& error) {
    allow_connections(maintenance, ready.of, true);
    throw PermanentError("give database " + ready.name + " the name " + ready.of + ": " + error.what(),
                         report::ExitCode::kNotWentBack);
  }
  SLUICE_FAILPOINT("restore-switched");
  logging::info("database switched", {{"database", ready.of}, {"kept_as", ready.before}});
  return {.method = Method::kSwap, .old_database = ready.before, .heads = ready.heads};
}

}  // namespace backup
