#include "migrator/backup/drop_all.h"

#include <vector>

namespace backup {
namespace {

// Members of extensions come and go with their extension, parts of an object (a range's constructors) with the object.
constexpr const char* kNotAMember =
    "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype IN ('e', 'i') AND e.objid = o.oid "
    "AND e.classid = o.tableoid) ";
constexpr const char* kUserSchemas =
    "(SELECT o.oid, o.nspname, o.nspowner, o.tableoid FROM pg_catalog.pg_namespace o WHERE o.nspname !~ '^pg_' "
    "AND o.nspname <> 'information_schema') ";
// A schema that holds a member of an extension can't be dropped without the extension.
constexpr const char* kHoldsExtension =
    "(n.nspname = 'public' OR EXISTS (SELECT FROM pg_catalog.pg_extension x WHERE x.extnamespace = n.oid) "
    "OR EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.classid = n.tableoid AND e.objid = "
    "n.oid) OR EXISTS (SELECT FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_class c ON c.oid = e.objid WHERE "
    "e.deptype = 'e' AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.relnamespace = n.oid) "
    "OR EXISTS (SELECT FROM pg_catalog.pg_depend e JOIN pg_catalog.pg_proc c ON c.oid = e.objid WHERE "
    "e.deptype = 'e' AND e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND c.pronamespace = n.oid)) ";

struct Catalog {
  const char* table;
  const char* schema_column;
  const char* condition;
};
// In the order to drop: what others hang on comes later, and is gone by CASCADE or dropped on its own.
constexpr Catalog kCatalogs[] = {
    {"pg_class", "relnamespace", "o.relkind IN ('r', 'p', 'v', 'm', 'f')"},
    {"pg_class", "relnamespace", "o.relkind = 'S'"},
    {"pg_proc", "pronamespace", "true"},
    {"pg_operator", "oprnamespace", "true"},
    {"pg_opclass", "opcnamespace", "true"},
    {"pg_opfamily", "opfnamespace", "true"},
    {"pg_type", "typnamespace",
     "o.typtype IN ('b', 'c', 'd', 'e', 'r') AND NOT EXISTS (SELECT FROM pg_catalog.pg_type element WHERE "
     "element.typarray = o.oid) AND (o.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = "
     "o.typrelid AND c.relkind = 'c'))"},
    {"pg_collation", "collnamespace", "true"},
    {"pg_conversion", "connamespace", "true"},
    {"pg_ts_config", "cfgnamespace", "true"},
    {"pg_ts_dict", "dictnamespace", "true"},
    {"pg_ts_template", "tmplnamespace", "true"},
    {"pg_ts_parser", "prsnamespace", "true"},
    {"pg_statistic_ext", "stxnamespace", "true"},
};

/// Runs every statement that the query returns, in one message.
void execute_each(postgres::ScriptPlayer& player, const std::string& query) {
  std::string statements;
  for (const postgres::Row& row : player.query(query)) statements += row.at(0).value_or("") + ";\n";
  if (!statements.empty()) player.execute(statements);
}

std::string joined_literals(const std::set<std::string>& names) {
  std::string text = "''";
  for (const std::string& name : names) text += ", " + postgres::quote_literal(name);
  return text;
}

void drop_whole_database_objects(postgres::ScriptPlayer& player) {
  // Event triggers first: they would fire at each drop.
  for (const char* const catalog :
       {"pg_event_trigger", "pg_publication", "pg_cast", "pg_foreign_server", "pg_foreign_data_wrapper"})
    execute_each(player,
                 "SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE', pg_catalog.replace(i.type, '-', ' '), "
                 "i.identity) FROM pg_catalog." +
                     std::string(catalog) +
                     " o CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.tableoid, o.oid, 0) i "
                     "WHERE o.oid >= 16384 AND " +
                     kNotAMember);
}

void drop_objects_in_kept_schemas(postgres::ScriptPlayer& player) {
  for (const Catalog& catalog : kCatalogs)
    execute_each(player,
                 "SELECT pg_catalog.format('DROP %s IF EXISTS %s CASCADE', CASE i.type WHEN 'statistics object' THEN "
                 "'statistics' ELSE i.type END, i.identity) FROM pg_catalog." +
                     std::string(catalog.table) + " o JOIN " + kUserSchemas + "n ON n.oid = o." +
                     catalog.schema_column +
                     " CROSS JOIN LATERAL pg_catalog.pg_identify_object(o.tableoid, o.oid, 0) i WHERE o.oid >= 16384 "
                     "AND " +
                     catalog.condition + " AND " + kNotAMember + "ORDER BY o.oid DESC");
}

/// Default privileges that were granted go back to PostgreSQL's own; the script grants the backup's again.
void reset_default_privileges(postgres::ScriptPlayer& player) {
  const std::string kind =
      "CASE o.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN "
      "'TYPES' WHEN 'n' THEN 'SCHEMAS' END";
  const std::string from =
      " FROM pg_catalog.pg_default_acl o JOIN pg_catalog.pg_roles r ON r.oid = o.defaclrole LEFT JOIN "
      "pg_catalog.pg_namespace n ON n.oid = o.defaclnamespace ";
  const std::string global =
      player
          .query(
              "SELECT pg_catalog.string_agg(pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT ALL ON "
              "%s TO %I' || CASE WHEN o.defaclobjtype IN ('f', 'T') THEN ', PUBLIC' ELSE '' END, r.rolname, " +
              kind + ", r.rolname), ';')" + from +
              "WHERE o.defaclnamespace = 0 AND o.defaclobjtype IN "
              "('r', 'S', 'f', 'T', 'n')")
          .at(0)[0]
          .value_or("");
  execute_each(player,
               "SELECT pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM %s', r.rolname, "
               "CASE WHEN n.nspname IS NULL THEN '' ELSE pg_catalog.format(' IN SCHEMA %I', n.nspname) END, " +
                   kind + ", CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END)" + from +
                   "CROSS JOIN LATERAL (SELECT DISTINCT grantee FROM pg_catalog.aclexplode(o.defaclacl)) a WHERE "
                   "o.defaclobjtype IN ('r', 'S', 'f', 'T', 'n')");
  if (!global.empty()) player.execute(global);
}

/// The script makes schemas again, public and those of extensions excepted.
std::optional<std::string> schemas_obstacle(postgres::ScriptPlayer& player) {
  const postgres::Rows rows = player.query(
      "SELECT pg_catalog.string_agg(n.nspname, ', ' ORDER BY n.nspname), "
      "pg_catalog.quote_ident(pg_catalog.current_database()), pg_catalog.quote_ident(current_user) FROM " +
      std::string(kUserSchemas) + "n WHERE NOT " + kHoldsExtension +
      "AND NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')");
  const postgres::Row& row = rows.at(0);
  if (!row[0]) return std::nullopt;
  return "its schemas (" + *row[0] + ") would be made again, which this role may not: GRANT CREATE ON DATABASE " +
         row[1].value_or("") + " TO " + row[2].value_or("");
}

}  // namespace

std::optional<std::string> in_place_obstacle(postgres::ScriptPlayer& player, const Contents& contents) {
  const auto foreign = [](const std::string& catalog, const std::string& owner, const std::string& condition) {
    return "(SELECT count(*) FROM pg_catalog." + catalog + " o WHERE o.oid >= 16384 AND " + condition + " AND " +
           kNotAMember + "AND NOT pg_catalog.pg_has_role(o." + owner + ", 'USAGE'))";
  };
  const postgres::Rows owners = player.query(
      "SELECT " + foreign("pg_class", "relowner", "o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')") + " + " +
      foreign("pg_proc", "proowner", "true") + " + " + foreign("pg_type", "typowner", "o.typtype IN ('d', 'e', 'r')") +
      " + " + foreign("pg_namespace", "nspowner", "o.nspname <> 'public' AND o.nspname !~ '^pg_'") + " + " +
      foreign("pg_largeobject_metadata", "lomowner", "true") + " + " + foreign("pg_publication", "pubowner", "true") +
      " + " + foreign("pg_event_trigger", "evtowner", "true"));
  if (owners.at(0)[0] != "0")
    return owners[0][0].value_or("") + " objects in it belong to roles that this one is no member of";
  if (auto obstacle = schemas_obstacle(player)) return obstacle;
  const postgres::Rows locks = player.query(
      "SELECT (SELECT count(*) FROM pg_catalog.pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_catalog.pg_type "
      "WHERE oid >= 16384) + (SELECT count(*) FROM pg_catalog.pg_proc WHERE oid >= 16384) + (SELECT count(*) FROM "
      "pg_catalog.pg_constraint WHERE oid >= 16384) + (SELECT count(*) FROM pg_catalog.pg_attrdef) + (SELECT count(*) "
      "FROM pg_catalog.pg_trigger), pg_catalog.current_setting('max_locks_per_transaction')::bigint * "
      "(pg_catalog.current_setting('max_connections')::bigint + "
      "pg_catalog.current_setting('max_prepared_transactions')::bigint), "
      "pg_catalog.current_setting('max_connections')");
  // Per entry of the backup about two objects are locked while they are made (a table and its index, its type).
  const std::int64_t needed = std::stoll(locks.at(0)[0].value_or("0")) + 2 * contents.entries;
  const std::int64_t room = std::stoll(locks[0][1].value_or("0"));
  if (needed <= room) return std::nullopt;
  return "one transaction would take about " + std::to_string(needed) + " locks, and the server has room for " +
         std::to_string(room) + ": set max_locks_per_transaction to at least " +
         std::to_string(needed / std::stoll(locks[0][2].value_or("100")) + 1);
}

void lock_everything(postgres::ScriptPlayer& player) {
  const postgres::Rows rows = player.query(
      "SELECT 'LOCK TABLE ONLY ' || pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, o.relname), ', ONLY ' "
      "ORDER BY o.oid) || ' IN ACCESS EXCLUSIVE MODE' FROM pg_catalog.pg_class o JOIN " +
      std::string(kUserSchemas) +
      "n ON n.oid = o.relnamespace WHERE o.relkind IN ('r', 'p') AND o.relpersistence <> 't' AND " + kNotAMember);
  if (const postgres::Value& statement = rows.at(0)[0]; statement) player.execute(*statement);
}

void drop_everything(postgres::ScriptPlayer& player, const Contents& contents) {
  player.execute("SET LOCAL search_path = pg_catalog, pg_temp");
  drop_whole_database_objects(player);
  execute_each(
      player,
      "SELECT pg_catalog.format('DROP EXTENSION IF EXISTS %I CASCADE', o.extname) FROM pg_catalog.pg_extension "
      "o WHERE o.oid >= 16384 AND pg_catalog.pg_has_role(o.extowner, 'USAGE') AND o.extname NOT IN (" +
          joined_literals(contents.extensions) + ")");
  execute_each(player, "SELECT pg_catalog.format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM " +
                           std::string(kUserSchemas) + "n WHERE NOT " + kHoldsExtension);
  drop_objects_in_kept_schemas(player);
  // Rows of an extension's own tables are in the backup too, where the extension says so.
  execute_each(
      player,
      "SELECT pg_catalog.format('DELETE FROM %s %s', t.config::pg_catalog.regclass, t.condition) FROM "
      "pg_catalog.pg_extension x CROSS JOIN LATERAL unnest(x.extconfig, x.extcondition) AS t(config, condition) "
      "JOIN pg_catalog.pg_class c ON c.oid = t.config AND c.relkind IN ('r', 'p')");
  player.execute("SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM pg_catalog.pg_largeobject_metadata");
  reset_default_privileges(player);
}

std::set<std::string> statements_to_skip(postgres::ScriptPlayer& player) {
  std::set<std::string> statements;
  for (const postgres::Row& row :
       player.query("SELECT pg_catalog.quote_ident(n.nspname) FROM " + std::string(kUserSchemas) + "n"))
    statements.insert("CREATE SCHEMA " + row.at(0).value_or("") + ";");
  return statements;
}

}  // namespace backup
