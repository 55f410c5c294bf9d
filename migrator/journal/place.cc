#include "migrator/journal/place.h"

namespace journal {
namespace {

using postgres::quote_identifier;
using postgres::Row;
using postgres::Rows;

// has_*_privilege of an object that isn't there is null. By the catalogs: to_regclass() raises where the schema may not
// be used.
constexpr const char* kLook = R"(
SELECT n.oid IS NOT NULL, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
       pg_catalog.has_schema_privilege(n.oid, 'CREATE'), r.oid IS NOT NULL,
       pg_catalog.has_table_privilege(r.oid, 'SELECT') AND pg_catalog.has_table_privilege(j.oid, 'SELECT'),
       pg_catalog.has_table_privilege(r.oid, 'INSERT') AND pg_catalog.has_table_privilege(j.oid, 'INSERT')
       AND pg_catalog.has_table_privilege(r.oid, 'UPDATE') AND pg_catalog.has_table_privilege(j.oid, 'UPDATE'),
       pg_catalog.obj_description(r.oid, 'pg_class'),
       EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = j.oid AND a.attname = 'below'),
       EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = j.oid AND a.attname = 'file'),
       pg_catalog.pg_has_role(j.relowner, 'USAGE'),
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), pg_catalog.current_database(),
       current_user
FROM (VALUES (1, 'sluice'), (2, $1)) AS place (number, name)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = place.name
LEFT JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = 'sluice_run'
LEFT JOIN pg_catalog.pg_class j ON j.relnamespace = n.oid AND j.relname = 'sluice_journal'
ORDER BY place.number)";

Place place_of(const Row& row, const std::string& schema) {
  const auto says = [&row](std::size_t column) { return row.at(column) == "t"; };
  return {.schema = schema,
          .schema_exists = says(0),
          .may_use = says(1),
          .may_create = says(2),
          .exists = says(3),
          .may_select = says(4),
          .may_write = says(5),
          .comment = row.at(6).value_or(""),
          .has_ancestry = says(7),
          .has_file = says(8),
          .is_owner = says(9)};
}

std::string grants(const Place& place, const Places& all, const std::string& on_tables) {
  const std::string schema = quote_identifier(place.schema), role = quote_identifier(all.user);
  if (!place.schema_exists) return "GRANT CREATE ON DATABASE " + quote_identifier(all.database) + " TO " + role;
  if (!place.exists) return "GRANT USAGE, CREATE ON SCHEMA " + schema + " TO " + role;
  std::string statements = place.may_use ? "" : "GRANT USAGE ON SCHEMA " + schema + " TO " + role;
  if (!on_tables.empty()) {
    statements += (statements.empty() ? "GRANT " : "; GRANT ") + on_tables + " ON " + schema + ".sluice_run, " +
                  schema + ".sluice_journal TO " + role;
  }
  return statements;
}

}  // namespace

Places look(postgres::Session& session, const std::string& ledger_schema) {
  const Rows rows = session.query(kLook, {ledger_schema});
  Places all{.own = place_of(rows.at(0), "sluice"), .beside = place_of(rows.at(1), ledger_schema)};
  if (ledger_schema == all.own.schema) all.beside = {.schema = ledger_schema};
  all.may_create_schema = rows[0].at(10) == "t";
  all.database = rows[0].at(11).value_or("");
  all.user = rows[0].at(12).value_or("");
  return all;
}

std::string grants_to_write(const Place& place, const Places& all) {
  const bool may_all = place.may_select && place.may_write;
  const std::string statements = grants(place, all, may_all ? "" : "SELECT, INSERT, UPDATE");
  if (!place.exists || place.has_all_columns() || place.is_owner) return statements;
  std::string columns = add_columns_sql(quote_identifier(place.schema));
  columns.resize(columns.find(';'));
  return statements + (statements.empty() ? "" : "; ") + columns;
}

std::string grants_to_read(const Place& place, const Places& all) {
  return grants(place, all, place.may_select ? "" : "SELECT");
}

}  // namespace journal
