#include "migrator/postgres/session.h"

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

}  // namespace postgres
