#include "common/error.h"
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

/// A table that isn't there, or that may not be read, is an answer too: nothing was ever done, or not there. What is
/// missing where it matters, preflight says.
std::optional<Rows> ask_if_allowed(postgres::Session& session, const std::string& statement) {
  try {
    return session.try_query(statement);
  } catch (const TransientError& error) {
    if (error.code != report::ExitCode::kNotAllowed) throw;
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::vector<std::string>> Journal::unchanged_since(postgres::Session& session, const std::string& digest,
                                                                 const std::string& ledger_table_quoted) const {
  const auto ask = [&](const std::string& schema) {
    return ask_if_allowed(session, question(schema, ledger_name_, digest, ledger_table_quoted));
  };
  std::optional<Rows> rows = ask("sluice");
  // This ledger's rows may be beside it though the other is there.
  if (!rows || (rows->empty() && !has_rows(session, "sluice"))) rows = ask(postgres::quote_identifier(ledger_schema_));
  if (!rows || rows->empty()) return std::nullopt;
  return split_heads((*rows)[0][0].value_or(""));
}

}  // namespace journal
