#include "migrator/postgres/session.h"
#include "migrator/postgres/translate.h"

namespace postgres {

std::string quote_literal(const std::string& text) {
  const bool backslash = text.find('\\') != std::string::npos;
  std::string quoted = backslash ? " E'" : "'";
  for (const char c : text) {
    if (c == '\'' || (c == '\\' && backslash)) quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

std::string quote_identifier(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

// A cast that fails carries the text. The count keeps the planner from evaluating it beforehand.
std::string require_one_row_sql(const std::string& text) {
  return "SELECT CASE pg_catalog.count(*) WHEN 1 THEN 0 ELSE (" + quote_literal(std::string(kOurMark) + text + " (") +
         " || pg_catalog.count(*)::pg_catalog.text || ' found)')::pg_catalog.int4 END ";
}

}  // namespace postgres
