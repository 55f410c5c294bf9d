#include "operator/gate/url.h"

#include <nlohmann/json.hpp>

namespace gate {
namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t start = 0;;) {
    const std::size_t end = text.find(at, start);
    parts.push_back(text.substr(start, end - start));
    if (end == std::string_view::npos) return parts;
    start = end + 1;
  }
}

int digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

/// What can't be written as JSON can't be a name either.
bool is_utf8(const std::string& text) {
  try {
    (void)nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

enum class Plus { kPlus, kBlank };

std::optional<std::string> decode(std::string_view text, Plus plus) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kBlank) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const bool whole = i + 2 < text.size();
      const int high = whole ? digit(text[i + 1]) : -1;
      const int low = whole ? digit(text[i + 2]) : -1;
      if (high < 0 || low < 0 || high + low == 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<Url> parse_url(std::string_view target) {
  if (target.empty() || target.front() != '/') return std::nullopt;
  const std::size_t mark = target.find('?');
  Url url;
  for (const std::string_view part : split(target.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/')) {
    const std::optional<std::string> name = decode(part, Plus::kPlus);
    if (!name) return std::nullopt;
    url.path.push_back(*name);
  }
  if (mark == std::string_view::npos || mark + 1 == target.size()) return url;
  for (const std::string_view part : split(target.substr(mark + 1), '&')) {
    const std::size_t equals = part.find('=');
    const std::optional<std::string> key = decode(part.substr(0, equals), Plus::kBlank);
    const std::optional<std::string> value =
        decode(equals == std::string_view::npos ? "" : part.substr(equals + 1), Plus::kBlank);
    if (!key || !value || !url.query.emplace(*key, *value).second) return std::nullopt;
  }
  return url;
}

}  // namespace gate
