#include "migrator/layouts/name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "migrator/revisions/text.h"

namespace layouts {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_separator(char c) { return c == '_' || c == '-' || c == '.' || c == ' '; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool ends_with(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  return std::equal(ending.begin(), ending.end(), text.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [](char wanted, char c) { return wanted == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
}

std::size_t digits_at(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end;
}

// Bytes of the character at `i`; 0: not UTF-8 (overlong forms, surrogates and what lies above U+10FFFF included).
std::size_t character_length(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(k < text.size() ? text[k] : 0); };
  const unsigned char first = byte(i);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  if ((first == 0xe0 && byte(i + 1) < 0xa0) || (first == 0xed && byte(i + 1) > 0x9f)) return 0;
  if ((first == 0xf0 && byte(i + 1) < 0x90) || (first == 0xf4 && byte(i + 1) > 0x8f)) return 0;
  return length;
}

}  // namespace

Name take_apart(std::string_view file) {
  Name name{.stem = file};
  if (!ends_with(file, ".sql")) return name;
  name.is_sql = true;
  name.stem.remove_suffix(4);
  struct Ending {
    std::string_view text;
    Part part;
  };
  constexpr std::array<Ending, 3> kEndings{
      {{".up", Part::kUp}, {".down", Part::kDown}, {".backfill", Part::kBackfill}}};
  for (const Ending& ending : kEndings) {
    if (!ends_with(name.stem, ending.text)) continue;
    name.stem.remove_suffix(ending.text.size());
    name.part = ending.part;
    name.is_explicit = true;
    break;
  }
  return name;
}

std::string_view version_of(std::string_view stem) {
  std::size_t end = digits_at(stem, 0);
  if (end == 0) return {};
  bool dotted = false;
  while (end < stem.size() && (stem[end] == '.' || stem[end] == '-' || (stem[end] == '_' && dotted))) {
    const std::size_t next = digits_at(stem, end + 1);
    if (next == end + 1 || (next < stem.size() && !is_separator(stem[next]))) break;
    dotted = dotted || stem[end] == '.';
    end = next;
  }
  if (end < stem.size() && !is_separator(stem[end])) return {};
  return stem.substr(0, end);
}

std::string_view golang_migrate_version(const Name& name) {
  const std::size_t end = digits_at(name.stem, 0);
  if (!name.is_sql || !name.is_explicit || name.part == Part::kBackfill) return {};
  if (end == 0 || end == name.stem.size() || name.stem[end] != '_') return {};
  return name.stem.substr(0, end);
}

std::string words(std::string_view slug) {
  while (!slug.empty() && is_separator(slug.front())) slug.remove_prefix(1);
  std::string text(slug);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string problem_with_name(std::string_view name) {
  for (std::size_t i = 0; i < name.size();) {
    if (is_control(name[i])) return "its name has a control character (a line break?); rename it";
    const std::size_t length = character_length(name, i);
    if (length == 0) return "its name is not UTF-8; rename it";
    i += length;
  }
  return "";
}

std::string printable(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < name.size();) {
    const std::size_t length = is_control(name[i]) ? 0 : character_length(name, i);
    if (length == 0) {
      const auto byte = static_cast<std::uint8_t>(name[i]);
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 0x0f]};
      ++i;
    } else {
      text += name.substr(i, length);
      i += length;
    }
  }
  return text;
}

}  // namespace layouts
