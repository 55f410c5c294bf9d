#include "migrator/postgres/redact.h"

#include <vector>

namespace postgres {
namespace {

std::string first_line(std::string_view message) {
  const std::size_t end = message.find('\n');
  std::string_view line = message.substr(0, end);
  for (const std::string_view severity : {"ERROR:", "FATAL:", "PANIC:"}) {
    if (line.substr(0, severity.size()) == severity) line.remove_prefix(severity.size());
  }
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return std::string(line);
}

// Whether `message` is `format` with each % replaced by anything (%% is a percent sign).
bool made_from(std::string_view message, std::string_view format) {
  std::size_t at = 0;
  bool anything_before = false;
  std::string piece;
  const auto match_piece = [&] {
    if (piece.empty()) return true;
    const std::size_t found = message.find(piece, at);
    if (found == std::string_view::npos || (!anything_before && found != at)) return false;
    at = found + piece.size();
    anything_before = false;
    piece.clear();
    return true;
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      piece += format[i];
    } else if (i + 1 < format.size() && format[i + 1] == '%') {
      piece += format[i++];
    } else {
      if (!match_piece()) return false;
      anything_before = true;
    }
  }
  if (!match_piece()) return false;
  return anything_before || at == message.size();
}

// The literals that follow each RAISE of a script, quotes undoubled.
std::vector<std::string> raise_formats(std::string_view script) {
  std::vector<std::string> formats;
  for (std::size_t i = 0; i + 5 < script.size(); ++i) {
    const std::string_view word = script.substr(i, 5);
    if (word != "RAISE" && word != "raise" && word != "Raise") continue;
    const std::size_t open = script.find_first_of("';", i);
    if (open == std::string_view::npos) break;
    if (script[open] == ';') continue;
    std::string format;
    for (std::size_t at = open + 1; at < script.size(); ++at) {
      if (script[at] == '\'' && (at + 1 == script.size() || script[at + 1] != '\'')) break;
      if (script[at] == '\'') ++at;
      format += script[at];
    }
    formats.push_back(format);
  }
  return formats;
}

}  // namespace

std::string redact(std::string_view message, std::string_view sqlstate) {
  std::string line = first_line(message);
  if (sqlstate.substr(0, 2) != "22") return line;
  const std::size_t first = line.find('"'), last = line.rfind('"');
  if (first != std::string::npos && last > first) line.replace(first + 1, last - first - 1, "…");
  return line;
}

std::string redact_raised(std::string_view message, std::string_view script) {
  for (const std::string& format : raise_formats(script)) {
    if (made_from(message, format)) return format;
  }
  return "an exception raised outside this file (its text may hold values of rows)";
}

}  // namespace postgres
