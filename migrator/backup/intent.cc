#include "migrator/backup/intent.h"

#include <nlohmann/json.hpp>

#include "common/error.h"
#include "migrator/backup/metadata.h"

namespace backup {
namespace {

/// The quoted schema that holds the table; empty: there is none.
std::string schema_of_table(postgres::Session& session) {
  const postgres::Rows rows = session.query(
      "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE c.relname = 'sluice_restore' AND c.relkind = 'r' AND pg_catalog.pg_has_role(c.relowner, 'USAGE')");
  return rows.empty() ? "" : postgres::quote_identifier(rows[0][0].value_or(""));
}

struct Place {
  std::string schema = {};  // quoted
  bool made = false;
};

Place place_for_table(postgres::Session& session, const std::string& ledger) {
  const postgres::Rows rows = session.query(
      "SELECT (SELECT pg_catalog.has_schema_privilege(oid, 'CREATE') FROM pg_catalog.pg_namespace WHERE nspname = "
      "'sluice'), pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')");
  const postgres::Row& row = rows.at(0);
  if (row[0] == "t") return {.schema = "sluice"};
  if (!row[0] && row[1] == "t") return {.schema = "sluice", .made = true};
  const std::size_t dot = ledger.find('.');
  return {.schema = postgres::quote_identifier(dot == std::string::npos ? "public" : ledger.substr(0, dot))};
}

}  // namespace

std::optional<Intent> read_intent(postgres::Session& session) {
  const std::string schema = schema_of_table(session);
  if (schema.empty()) return std::nullopt;
  const postgres::Rows rows = session.query("SELECT document FROM " + schema + ".sluice_restore");
  const nlohmann::json document =
      nlohmann::json::parse(rows.empty() ? std::string() : rows[0][0].value_or(""), nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const std::string folder = document.value("folder", "");
  std::optional<Backup> from = parse_metadata(document.value("from", ""), folder, document.value("file", ""));
  if (!from) return std::nullopt;
  return Intent{.from = *std::move(from),
                .run = document.value("run", ""),
                .after_sql = document.value("after_sql", ""),
                .work = document.value("work", ""),
                .before = document.value("before", ""),
                .in_place = document.value("in_place", false),
                .by_hand = document.value("by_hand", false),
                .made_schema = document.value("made_schema", false)};
}

void write_intent(postgres::Session& session, Intent intent) {
  forget_intent(session);
  const Place place = place_for_table(session, intent.from.ledger);
  nlohmann::json document;
  document["from"] = to_json(intent.from);
  document["folder"] = intent.from.folder;
  document["file"] = intent.from.file;
  document["run"] = intent.run;
  document["after_sql"] = intent.after_sql;
  document["work"] = intent.work;
  document["before"] = intent.before;
  document["in_place"] = intent.in_place;
  document["by_hand"] = intent.by_hand;
  document["made_schema"] = place.made;
  const std::string table = place.schema + ".sluice_restore";
  session.execute((place.made ? std::string("CREATE SCHEMA sluice; ") : std::string()) + "CREATE TABLE " + table +
                  " (document text NOT NULL); INSERT INTO " + table + " VALUES (" +
                  postgres::quote_literal(document.dump()) + ")");
}

void forget_intent(postgres::Session& session) {
  const std::string schema = schema_of_table(session);
  if (schema.empty()) return;
  const std::optional<Intent> intent = read_intent(session);
  session.execute("DROP TABLE IF EXISTS " + schema + ".sluice_restore");
  if (!intent || !intent->made_schema) return;
  const postgres::Rows used = session.query(
      "SELECT 1 FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND "
      "refobjid = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'sluice') LIMIT 1");
  if (used.empty()) session.execute("DROP SCHEMA IF EXISTS " + schema);
}

}  // namespace backup
