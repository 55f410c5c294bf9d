#include "common/error.h"
#include "migrator/ledgers/ledger.h"

namespace ledgers {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;
using postgres::Rows;

// One row per head, in a column version_num; anything else about the table may differ (Alembic lets dialects change
// it).
class AlembicLedger final : public Ledger {
 public:
  explicit AlembicLedger(const spec::Ledger& ledger)
      : name_(ledger.schema + "." + ledger.table),
        quoted_(quote_identifier(ledger.schema) + "." + quote_identifier(ledger.table)),
        key_name_(quote_identifier(ledger.table + "_pkc")) {}

  std::string name() const override { return name_; }
  std::string quoted() const override { return quoted_; }

  std::optional<std::vector<std::string>> read(postgres::Session& session) const override {
    // A table that isn't there would be an error, which ends the transaction that the caller may be in.
    if (!is_there(session)) return std::nullopt;
    const std::optional<Rows> rows =
        session.try_query("SELECT version_num FROM " + quoted_ + " ORDER BY version_num::text COLLATE \"C\"");
    if (!rows) return std::nullopt;
    std::vector<std::string> heads;
    for (const postgres::Row& row : *rows) heads.push_back(row[0].value_or(""));
    return heads;
  }

  std::string create_sql() const override {
    return "CREATE TABLE IF NOT EXISTS " + quoted_ + " (version_num pg_catalog.varchar(255) NOT NULL, CONSTRAINT " +
           key_name_ + " PRIMARY KEY (version_num))";
  }

  std::string change_sql(const revisions::HeadChange& change) const override {
    std::string sql;
    for (const std::string& id : change.erase) sql += exactly_one("DELETE FROM " + quoted_ + where(id), id);
    for (const auto& [from, to] : change.update) {
      sql += exactly_one("UPDATE " + quoted_ + " SET version_num = " + quote_literal(to) + where(from), from);
    }
    for (const std::string& id : change.insert) {
      sql += "INSERT INTO " + quoted_ + " (version_num) VALUES (" + quote_literal(id) + ");\n";
    }
    return sql;
  }

  std::optional<int> max_id_length(postgres::Session& session) const override {
    const Rows rows = session.query(
        "SELECT atttypmod - 4 FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass($1)"
        " AND attname = 'version_num' AND atttypmod > 4",
        {quoted_});
    if (rows.empty()) return std::nullopt;
    return std::stoi(rows[0][0].value_or("0"));
  }

 private:
  std::string where(const std::string& id) const { return " WHERE version_num = " + quote_literal(id); }

  // An UPDATE of no row followed by COMMIT would go through silently (run-protocol, Lock 3).
  std::string exactly_one(const std::string& statement, const std::string& id) const {
    return "WITH hit AS (" + statement + " RETURNING 1) " +
           postgres::require_one_row_sql("the ledger " + name_ + " must hold revision " + id +
                                         " exactly once, another program changed it") +
           "FROM hit;\n";
  }

  bool is_there(postgres::Session& session) const {
    const Rows rows = session.query(
        "SELECT pg_catalog.string_agg(attname, ', ' ORDER BY attnum), pg_catalog.bool_or(attname = 'version_num')"
        " FROM pg_catalog.pg_attribute"
        " WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        {quoted_});
    if (!rows[0][0]) return false;
    if (rows[0][1] == "t") return true;
    throw PermanentError("the ledger " + name_ + " has no column version_num but " + *rows[0][0] +
                             ": it belongs to another tool; name another table with --ledger",
                         report::ExitCode::kHistoryMismatch);
  }

  std::string name_, quoted_, key_name_;
};

}  // namespace

std::unique_ptr<Ledger> make_alembic_ledger(const spec::Ledger& ledger) {
  return std::make_unique<AlembicLedger>(ledger);
}

}  // namespace ledgers
