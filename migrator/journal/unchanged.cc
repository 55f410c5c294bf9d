#include "migrator/journal/heads_text.h"
#include "migrator/journal/journal.h"

namespace journal {
namespace {

using postgres::quote_literal;
using postgres::Rows;

std::string sorted_array(const std::string& column, const std::string& from) {
  return "coalesce((SELECT pg_catalog.array_agg(" + column + "::text ORDER BY " + column +
         "::text COLLATE \"C\") FROM " + from + "), '{}')";
}

std::string question(const std::string& schema, const std::string& ledger_name, const std::string& digest,
                     const std::string& ledger_table) {
  const std::string ledger = quote_literal(ledger_name);
  return "SELECT " + join_heads_sql("r.heads") + " FROM (SELECT digest, result, heads FROM " + schema +
         ".sluice_run WHERE ledger = " + ledger + " ORDER BY id DESC LIMIT 1) AS r WHERE r.result = 'succeeded'" +
         " AND r.digest = " + quote_literal(digest) + " AND NOT EXISTS (SELECT FROM " + schema +
         ".sluice_journal WHERE ledger = " + ledger +
         " AND result = 'running') AND NOT pg_catalog.pg_is_in_recovery()" + " AND " +
         sorted_array("version_num", ledger_table) + " = " + sorted_array("h", "pg_catalog.unnest(r.heads) AS h");
}

}  // namespace

std::optional<std::vector<std::string>> Journal::unchanged_since(postgres::Session& session, const std::string& digest,
                                                                 const std::string& ledger_table_quoted) const {
  // A table that isn't there is an answer too: nothing was ever done, or not there.
  std::optional<Rows> rows = session.try_query(question("sluice", ledger_name_, digest, ledger_table_quoted));
  if (!rows) {
    const std::string beside = postgres::quote_identifier(ledger_schema_);
    rows = session.try_query(question(beside, ledger_name_, digest, ledger_table_quoted));
  }
  if (!rows || rows->empty()) return std::nullopt;
  return split_heads((*rows)[0][0].value_or(""));
}

}  // namespace journal
