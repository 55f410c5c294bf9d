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

// No setting has such a name, and the complaint quotes it. Unlike a cast that fails, which the planner evaluates
// beforehand unless it is made to depend on rows, this takes the server next to nothing to plan.
std::string require_one_row_sql(const std::string& text) {
  return "SELECT CASE pg_catalog.count(*) WHEN 1 THEN '' ELSE pg_catalog.current_setting(" +
         quote_literal(std::string(kOurMark) + text + std::string(kOurEnd)) + ") END ";
}

}  // namespace postgres
