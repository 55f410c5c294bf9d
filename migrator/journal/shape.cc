// Where the tables are, and which shape they have: the number stands in the comment of sluice_run.
#include "common/error.h"
#include "migrator/journal/journal.h"
#include "migrator/journal/place.h"

namespace journal {
namespace {

using postgres::quote_literal;

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

int shape_of(const std::string& comment) {
  if (comment.rfind(kShapeMark, 0) != 0) return 0;
  return std::atoi(comment.c_str() + kShapeMark.size());
}

TransientError not_allowed(const std::string& user, const std::string& what, const std::string& grants) {
  return TransientError("role \"" + user + "\" is not allowed to " + what + " the journal (42501): " + grants,
                        report::ExitCode::kNotAllowed);
}

}  // namespace

std::string add_columns_sql(const std::string& schema_quoted) {
  return "ALTER TABLE " + schema_quoted +
         ".sluice_journal ADD COLUMN IF NOT EXISTS below text[], ADD COLUMN IF NOT EXISTS file text;\n";
}

void Journal::use(const Place& place) {
  schema_ = place.schema;
  has_ancestry_ = place.has_ancestry;
  has_file_ = place.has_file;
  const int shape = shape_of(place.comment);
  if (shape <= kShape) return;
  throw PermanentError("the journal in schema " + schema_ + " has shape " + std::to_string(shape) +
                           ", this sluice knows shapes up to " + std::to_string(kShape) + ": use a newer sluice",
                       report::ExitCode::kHistoryMismatch);
}

bool Journal::has_rows(postgres::Session& session, const std::string& schema) const {
  const std::string quoted = postgres::quote_identifier(schema);
  const std::string where = " WHERE ledger = " + quote_literal(ledger_name_) + ")";
  return session.query("SELECT EXISTS (SELECT FROM " + quoted + ".sluice_run" + where + " OR EXISTS (SELECT FROM " +
                       quoted + ".sluice_journal" + where)[0][0] == "t";
}

const Place* Journal::readable(postgres::Session& session, const Places& all) const {
  const Place &own = all.own, &beside = all.beside;
  if (!own.exists) return beside.is_readable() ? &beside : nullptr;
  const bool is_beside = beside.is_readable() && has_rows(session, beside.schema);
  if (is_beside && !(own.is_readable() && has_rows(session, own.schema))) return &beside;
  return own.is_readable() ? &own : nullptr;
}

bool Journal::find(postgres::Session& session, const std::vector<std::string>& heads) {
  const Places all = look(session, ledger_schema_);
  if (const Place* const place = readable(session, all)) {
    use(*place);
    return true;
  }
  if (heads.empty() || (!all.own.exists && !all.beside.exists)) return false;
  throw not_allowed(all.user, "read", grants_to_read(all.own.exists ? all.own : all.beside, all));
}

std::string Journal::create_sql() const {
  // Even with IF NOT EXISTS the first needs CREATE on the database, which the role may lack where the ledger's is used.
  const bool own = schema_ != ledger_schema_;
  return (own ? "CREATE SCHEMA IF NOT EXISTS " + schema_quoted() + ";\n" : "") + create_tables_sql(schema_quoted()) +
         add_columns_sql(schema_quoted());
}

const Place* Journal::writable(postgres::Session& session, const Places& all, const std::vector<std::string>& heads,
                               std::string& missing) const {
  const Place &own = all.own, &beside = all.beside;
  const Place* const known = readable(session, all);
  if (known != nullptr && known->is_writable()) return known;
  // Not away from where its history is, or may be.
  const Place& there = known != nullptr ? *known : own.exists || !beside.exists ? own : beside;
  const bool has_history = known != nullptr ? has_rows(session, known->schema) : there.exists && !heads.empty();
  if (!there.exists && (own.schema_exists ? own.takes_tables() : all.may_create_schema)) return &own;
  if (!has_history && (beside.exists ? beside.is_writable() : beside.takes_tables())) return &beside;
  missing = grants_to_write(there, all);
  return nullptr;
}

std::string Journal::missing_grants(postgres::Session& session, const std::vector<std::string>& heads) const {
  std::string missing;
  writable(session, look(session, ledger_schema_), heads, missing);
  return missing;
}

std::string Journal::ensure_sql(postgres::Session& session) {
  const Places all = look(session, ledger_schema_);
  std::string missing;
  const Place* const place = writable(session, all, {}, missing);
  if (place == nullptr) throw not_allowed(all.user, "keep", missing);
  use(*place);
  if (place->exists) return place->has_all_columns() ? "" : add_columns_sql(schema_quoted());
  std::string sql = "BEGIN;\n";
  if (!place->schema_exists) sql += "CREATE SCHEMA sluice;\n";
  return sql + create_tables_sql(schema_quoted()) + "COMMIT;\n";
}

void Journal::ensure(postgres::Session& session) {
  const std::string sql = ensure_sql(session);
  if (!sql.empty()) {
    try {
      session.execute(sql);
    } catch (const Error&) {
      session.execute("ROLLBACK");
      // A run of another ledger may have been quicker: it holds another lock.
      if (!ensure_sql(session).empty()) throw;
    }
  }
  has_ancestry_ = has_file_ = true;
}

}  // namespace journal
