#include "migrator/postgres/redact.h"

#include <array>
#include <optional>
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

// PL/pgSQL's own word at the end of a line of the CONTEXT, the same in every language of the server.
bool context_says_raise(std::string_view message) {
  constexpr std::string_view kWord = " RAISE";
  for (std::size_t at = message.find('\n'); at != std::string_view::npos; at = message.find('\n', at + 1)) {
    const std::string_view line = message.substr(at + 1, message.find('\n', at + 1) - at - 1);
    if (line.size() >= kWord.size() && line.substr(line.size() - kWord.size()) == kWord) return true;
  }
  return false;
}

// Quotation marks of the server's languages (lc_messages).
constexpr std::array<std::string_view, 11> kMarks = {"\"", "«", "»", "„", "“", "”", "‹", "›", "「", "」", "『"};

struct Mark {
  std::size_t at = 0, length = 0;  // no length: there is none
};

Mark first_mark(std::string_view line) {
  Mark found{.at = line.size()};
  for (const std::string_view mark : kMarks) {
    const std::size_t at = line.find(mark);
    if (at < found.at) found = {at, mark.size()};
  }
  return found;
}

Mark last_mark(std::string_view line) {
  Mark found;
  for (const std::string_view mark : kMarks) {
    const std::size_t at = line.rfind(mark);
    if (at != std::string_view::npos && at >= found.at) found = {at, mark.size()};
  }
  return found;
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

// The literal that opens at `open`, quotes undoubled; `open` moves behind it.
std::string literal(std::string_view script, std::size_t& open) {
  std::string text;
  for (++open; open < script.size(); ++open) {
    if (script[open] == '\'' && (open + 1 == script.size() || script[open + 1] != '\'')) break;
    if (script[open] == '\'') ++open;
    text += script[open];
  }
  ++open;
  return text;
}

bool is_word(std::string_view script, std::size_t at, std::string_view upper, std::string_view lower) {
  return script.substr(at, upper.size()) == upper || script.substr(at, lower.size()) == lower;
}

// The literal that follows each RAISE of a script; of each ASSERT the last one.
std::vector<std::string> raise_formats(std::string_view script) {
  std::vector<std::string> formats;
  for (std::size_t i = 0; i < script.size(); ++i) {
    const bool raises = is_word(script, i, "RAISE", "raise") || script.substr(i, 5) == "Raise";
    if (!raises && !is_word(script, i, "ASSERT", "assert")) continue;
    std::optional<std::string> format;
    std::size_t at = script.find_first_of("';", i);
    while (at < script.size() && script[at] == '\'' && !(raises && format)) {
      format = literal(script, at);
      at = script.find_first_of("';", at);
    }
    if (format) formats.push_back(*format);
  }
  return formats;
}

}  // namespace

bool is_raised(std::string_view sqlstate, std::string_view source_function) {
  const bool other_language = sqlstate.substr(0, 2) == "38";
  return other_language || sqlstate == "P0001" || sqlstate == "P0004" || source_function == "exec_stmt_raise";
}

std::string redact(std::string_view message, std::string_view sqlstate) {
  while (!message.empty() && message.back() == '\n') message.remove_suffix(1);
  if (is_raised(sqlstate, "") || context_says_raise(message)) return kRaisedElsewhere;
  std::string line = first_line(message);
  if (sqlstate.substr(0, 2) != "22") return line;
  const Mark first = first_mark(line), last = last_mark(line);
  if (first.length == 0) return line;
  // The value may hold the newline that ended this line, and any mark.
  const bool is_whole = message.find('\n') == std::string_view::npos && last.at > first.at;
  return line.substr(0, first.at + first.length) + "…" + (is_whole ? line.substr(last.at) : "");
}

std::string redact_raised(std::string_view message, std::string_view script) {
  for (const std::string& format : raise_formats(script)) {
    if (made_from(message, format)) return format;
  }
  return kRaisedElsewhere;
}

}  // namespace postgres
