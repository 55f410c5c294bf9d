// Questions around a restore: is one unfinished, could one be done, what did earlier ones leave, what was written.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/error.h"
#include "migrator/backup/drop_all.h"
#include "migrator/backup/maintenance.h"
#include "migrator/backup/restore.h"
#include "migrator/backup/swap.h"

namespace backup {
namespace {

/// How the comment of such a database begins (to_comment writes its members in this order).
std::string comment_start(const char* kind, const std::string& database) {
  nlohmann::ordered_json document;
  document["sluice_restore"] = kind;
  document["of"] = database;
  std::string text = document.dump();
  text.pop_back();  // more members follow
  return postgres::quote_literal(text);
}

}  // namespace

bool is_unfinished(postgres::Session& session, const std::string& database) {
  const std::string key = std::to_string(restore_key(database));
  const postgres::Rows rows = session.query(
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'sluice_restore' AND relkind = 'r') "
      "OR EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND "
      "(classid::bigint << 32) | objid::bigint = " +
      key +
      ") OR EXISTS (SELECT FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.shobj_description(d.oid, "
      "'pg_database') c WHERE pg_catalog.starts_with(c, " +
      comment_start("building", database) + ") OR pg_catalog.starts_with(c, " + comment_start("ready", database) +
      "))");
  return rows.at(0)[0] == "t";
}

std::optional<std::string> restore_obstacle(const postgres::Target& target, const RestoreRequest& request) {
  std::string against_swap;
  if (request.method != Method::kInPlace) {
    try {
      postgres::Session session = open_maintenance(request.maintenance.value_or(target), target.database());
      const std::optional<std::string> obstacle = swap_obstacle(session, target.database());
      if (!obstacle) return std::nullopt;
      against_swap = *obstacle;
    } catch (const TransientError& error) {
      if (error.code != report::ExitCode::kNotAllowed) throw;
      against_swap = error.what();
    }
    if (request.method == Method::kSwap) return "by swap: " + against_swap;
  }
  postgres::ScriptPlayer player(target, restore_settings(), request.cancelled);
  const std::optional<std::string> obstacle = in_place_obstacle(player, Contents());
  if (!obstacle) return std::nullopt;
  return (against_swap.empty() ? "" : "by swap: " + against_swap + "; ") + "in place: " + *obstacle;
}

std::vector<std::string> drop_old_databases(const postgres::Target& target, const RestoreRequest& request, int keep) {
  std::vector<std::string> dropped;
  if (keep <= 0) return dropped;
  postgres::Session session = open_maintenance(request.maintenance.value_or(target), target.database());
  std::vector<SwapDatabase> old;
  for (const SwapDatabase& each : swap_databases(session, target.database()))
    if (each.kind == SwapDatabase::Kind::kBefore) old.push_back(each);
  std::sort(old.begin(), old.end(), [](const SwapDatabase& a, const SwapDatabase& b) { return a.at > b.at; });
  for (std::size_t at = static_cast<std::size_t>(keep); at < old.size(); ++at) {
    drop_database(session, old[at].name);
    dropped.push_back(old[at].name);
  }
  return dropped;
}

WriteCounter count_writes(postgres::Session& session) {
  session.execute("SELECT pg_catalog.pg_stat_clear_snapshot()");
  const postgres::Rows rows = session.query(
      "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_catalog.pg_stat_user_tables "
      "WHERE schemaname <> 'sluice'");
  return {.tuples = std::stoll(rows.at(0)[0].value_or("0"))};
}

}  // namespace backup
