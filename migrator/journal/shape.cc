// Where the tables are, and which shape they have: the number stands in the comment of sluice_run.
#include "common/error.h"
#include "migrator/journal/journal.h"

namespace journal {
namespace {

using postgres::quote_literal;
using postgres::Row;

constexpr int kShape = 1;
constexpr std::string_view kShapeMark = "sluice journal, shape ";

std::string create_tables_sql(const std::string& schema) {
  return "CREATE TABLE IF NOT EXISTS " + schema +
         ".sluice_run (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, ledger text NOT NULL,"
         " digest text NOT NULL, target text NOT NULL, phase text NOT NULL, heads text[] NOT NULL, result text NOT "
         "NULL,"
         " exit_code int, started_at timestamptz NOT NULL, finished_at timestamptz, applied_by text NOT NULL,"
         " tool_version text NOT NULL, backup text, UNIQUE (run, ledger));\n"
         "CREATE INDEX IF NOT EXISTS sluice_run_newest ON " +
         schema +
         ".sluice_run (ledger, id);\n"
         "CREATE TABLE IF NOT EXISTS " +
         schema +
         ".sluice_journal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, ledger text NOT NULL,"
         " revision text NOT NULL, direction text NOT NULL CHECK (direction IN ('up', 'down', 'stamp', 'adopt', "
         "'repair',"
         " 'restore')), checksum text NOT NULL, statements_total int NOT NULL, statements_applied int NOT NULL,"
         " result text NOT NULL CHECK (result IN ('running', 'succeeded', 'failed', 'cancelled')), error text,"
         " started_at timestamptz NOT NULL, finished_at timestamptz, applied_by text NOT NULL, tool_version text NOT "
         "NULL,"
         " backup text, applied_checksum text, below text[], file text);\n"
         "CREATE INDEX IF NOT EXISTS sluice_journal_running ON " +
         schema +
         ".sluice_journal (ledger) WHERE result = 'running';\n"
         "COMMENT ON TABLE " +
         schema + ".sluice_run IS " + quote_literal(std::string(kShapeMark) + std::to_string(kShape)) + ";\n";
}

// Additive, and older versions of this program name the columns they write: no shape of its own.
std::string add_columns_sql(const std::string& schema) {
  return "ALTER TABLE " + schema +
         ".sluice_journal ADD COLUMN IF NOT EXISTS below text[], ADD COLUMN IF NOT EXISTS file text;\n";
}

int shape_of(const std::string& comment) {
  if (comment.rfind(kShapeMark, 0) != 0) return 0;
  return std::atoi(comment.c_str() + kShapeMark.size());
}

// One look at both places: where sluice_run is, its comment, and what we may create.
struct Place {
  bool in_own_schema = false, in_ledger_schema = false;
  int shape = 0;
  bool has_ancestry = false, has_file = false;
  bool own_schema_exists = false, may_use_own_schema = false, may_create_schema = false;
};
Place look(postgres::Session& session, const std::string& ledger_schema) {
  const Row row = session.query(
      "SELECT own IS NOT NULL, beside IS NOT NULL, pg_catalog.obj_description(coalesce(own, beside), 'pg_class'),"
      " 'below' = ANY (columns), 'file' = ANY (columns),"
      " schema IS NOT NULL, coalesce(pg_catalog.has_schema_privilege(schema, 'CREATE'), false),"
      " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')"
      " FROM (SELECT pg_catalog.to_regclass('sluice.sluice_run') AS own, pg_catalog.to_regclass($1) AS beside,"
      " pg_catalog.to_regnamespace('sluice')::oid AS schema) AS found, LATERAL (SELECT"
      " pg_catalog.array_agg(a.attname::text) AS columns FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON"
      " c.oid = a.attrelid WHERE c.relname = 'sluice_journal' AND c.relnamespace ="
      " (SELECT r.relnamespace FROM pg_catalog.pg_class r WHERE r.oid = coalesce(own, beside))) AS journal",
      {postgres::quote_identifier(ledger_schema) + ".sluice_run"})[0];
  return {row[0] == "t", row[1] == "t", shape_of(row[2].value_or("")), row[3] == "t", row[4] == "t", row[5] == "t",
          row[6] == "t", row[7] == "t"};
}

}  // namespace

bool Journal::find(postgres::Session& session) {
  const Place place = look(session, ledger_schema_);
  if (!place.in_own_schema && !place.in_ledger_schema) return false;
  schema_ = place.in_own_schema ? "sluice" : ledger_schema_;
  has_ancestry_ = place.has_ancestry;
  has_file_ = place.has_file;
  if (place.shape > kShape) {
    throw PermanentError("the journal in schema " + schema_ + " has shape " + std::to_string(place.shape) +
                             ", this sluice knows shapes up to " + std::to_string(kShape) + ": use a newer sluice",
                         report::ExitCode::kHistoryMismatch);
  }
  return true;
}

std::string Journal::create_sql() const {
  // Even with IF NOT EXISTS the first needs CREATE on the database, which the role may lack where the ledger's is used.
  const bool own = schema_ != ledger_schema_;
  return (own ? "CREATE SCHEMA IF NOT EXISTS " + schema_quoted() + ";\n" : "") + create_tables_sql(schema_quoted()) +
         add_columns_sql(schema_quoted());
}

std::string Journal::ensure_sql(postgres::Session& session) {
  if (find(session)) return has_ancestry_ && has_file_ ? "" : add_columns_sql(schema_quoted());
  const Place place = look(session, ledger_schema_);
  const bool own = place.own_schema_exists ? place.may_use_own_schema : place.may_create_schema;
  schema_ = own ? "sluice" : ledger_schema_;
  std::string sql = "BEGIN;\n";
  if (own && !place.own_schema_exists) sql += "CREATE SCHEMA sluice;\n";
  return sql + create_tables_sql(schema_quoted()) + "COMMIT;\n";
}

void Journal::ensure(postgres::Session& session) {
  const std::string sql = ensure_sql(session);
  if (sql.empty()) return;
  try {
    session.execute(sql);
  } catch (const Error&) {
    session.execute("ROLLBACK");
    // A run of another ledger may have been quicker: it holds another lock.
    if (!find(session) || !has_ancestry_ || !has_file_) throw;
  }
  has_ancestry_ = has_file_ = true;
}

}  // namespace journal
