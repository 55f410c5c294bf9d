#include "migrator/run/tool_output.h"

#include <algorithm>
#include <array>

namespace run {
namespace {

bool is_hex_of(std::string_view two, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = [&](char digit) {
    return kDigits.find(digit >= 'A' && digit <= 'F' ? digit + ('a' - 'A') : digit);
  };
  return two.size() == 2 && value(two[0]) != std::string_view::npos && value(two[1]) != std::string_view::npos &&
         value(two[0]) * 16 + value(two[1]) == static_cast<unsigned char>(c);
}

/// The length of the password at the beginning of `text`, each character of it as it is, as %XX, as + for a blank, or
/// behind a backslash: tools print URLs, conninfo strings and JSON. 0: it isn't there.
std::size_t length_of_password(std::string_view text, std::string_view password) {
  std::size_t at = 0;
  for (const char c : password) {
    const std::string_view rest = text.substr(std::min(at, text.size()));
    if (rest.size() > 1 && rest[0] == '\\' && rest[1] == c) {
      at += 2;
    } else if (rest.size() > 2 && rest[0] == '%' && is_hex_of(rest.substr(1, 2), c)) {
      at += 3;
    } else if (!rest.empty() && (rest[0] == c || (rest[0] == '+' && c == ' '))) {
      at += 1;
    } else {
      return 0;
    }
  }
  return at;
}

// DETAIL as the server and libpq say it in their languages; English is looked for in any case.
constexpr std::array kDetails = {"DÉTAIL",    "DETALLE",  "DETALHE", "DETTAGLI",  "DETALJ",      "AYRINTI",
                                 "SZCZEGÓŁY", "ДЕТАЛІ",   "詳細",    "ВІДОМОСТІ", "ПОДРОБНОСТИ", "დეტალები",
                                 "დეტალი",    "상세정보", "描述",    "详细信息"};
// Where SQLAlchemy shows a statement's parameters, of an error and in its echo; how the server begins a DETAIL of rows.
constexpr std::array kParameters = {"[parameters:", "[generated in ", "[cached since ", "[raw sql]",
                                    "Failing row contains "};
// What follows a DETAIL in an error, and holds no row's value.
constexpr std::array kNextFields = {"HINT", "[SQL:", "(Background", "LINE ", "Traceback"};

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

/// Behind `DETAIL:` in any case, also as a key in quotes (`detail: '…'`, `"detail":"…"`); none: no such word.
std::size_t behind_english_detail(std::string_view line) {
  constexpr std::string_view kWord = "detail";
  for (std::size_t at = 0; at + kWord.size() < line.size(); ++at) {
    if (!equals_lower(line.substr(at, kWord.size()), kWord)) continue;
    const std::size_t colon = line.find_first_not_of("\"'\\ ", at + kWord.size());
    if (colon != std::string_view::npos && line[colon] == ':') return colon + 1;
  }
  return std::string_view::npos;
}

/// Behind `Key (email)`, which is what the server says of unique and foreign keys.
std::size_t behind_key(std::string_view line) {
  const std::size_t at = line.find("Key (");
  const std::size_t values = at == std::string_view::npos ? at : line.find(")=(", at);
  return values == std::string_view::npos ? values : values + 2;
}

/// Where the line's first part that may hold values begins; npos: it has none.
std::size_t values_begin(std::string_view line) {
  // Most lines end here, and a tool may print many.
  if (line.find_first_of(":[(") == std::string_view::npos) return std::string_view::npos;
  std::size_t first = std::min(behind_english_detail(line), behind_key(line));
  for (const std::string_view word : kDetails) {
    const std::size_t at = line.find(word);
    const std::size_t colon = at == std::string_view::npos ? at : line.find(':', at + word.size());
    if (colon != std::string_view::npos) first = std::min(first, colon + 1);
  }
  for (const std::string_view word : kParameters) {
    const std::size_t at = line.find(word);
    if (at != std::string_view::npos) first = std::min(first, at + word.size());
  }
  return first;
}

/// What the last line of such a part ends with: the server's DETAIL is sentences, SQLAlchemy's parameters stand in
/// brackets. Empty: this line, since what is written as a program's text has no line's end in it.
std::string_view end_of_values(std::string_view line, std::size_t begin) {
  const std::size_t first = line.find_first_not_of(' ', begin);
  if (first == std::string_view::npos || line[first] == '\'' || line[first] == '"') return {};
  const std::string_view before = line.substr(0, begin);
  if (before.ends_with("[parameters:")) return "]";
  return before.ends_with(']') || before.ends_with("[generated in ") || before.ends_with("[cached since ") ? "" : ".";
}

bool ends_with(std::string_view line, std::string_view end) {
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  return line.ends_with(end) || (end == "." && line.ends_with("。"));
}

bool begins_next_field(std::string_view line) {
  return std::any_of(kNextFields.begin(), kNextFields.end(),
                     [&](std::string_view word) { return line.starts_with(word); });
}

}  // namespace

ToolOutput::ToolOutput(std::vector<std::string> passwords) : passwords_(std::move(passwords)) {
  std::erase(passwords_, std::string());
  // Of two that begin alike the longer one counts.
  std::sort(passwords_.begin(), passwords_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string ToolOutput::shown(std::string_view line) {
  constexpr int kLongestDetail = 100;  // lines
  const std::size_t begin = values_begin(line);
  const bool goes_on = withheld_lines_left_ > 0 && begin == std::string_view::npos && !begins_next_field(line);
  if (!goes_on && begin == std::string_view::npos) {
    withheld_lines_left_ = 0;
    return without_passwords(line);
  }
  if (!goes_on) end_ = end_of_values(line, begin);
  withheld_lines_left_ = ends_with(line, end_) ? 0 : goes_on ? withheld_lines_left_ - 1 : kLongestDetail;
  const std::string_view before = goes_on ? std::string_view() : line.substr(0, begin);
  return without_passwords(before) + (goes_on || before.ends_with(' ') ? "" : " ") + std::string(kWithheld);
}

std::string ToolOutput::without_passwords(std::string_view line) const {
  if (passwords_.empty()) return std::string(line);
  std::string shown;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t length = 0;
    for (const std::string& password : passwords_)
      if (length == 0) length = length_of_password(line.substr(at), password);
    shown += length > 0 ? "***" : std::string(1, line[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return shown;
}

}  // namespace run
