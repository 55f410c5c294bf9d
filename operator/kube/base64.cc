#include "operator/kube/base64.h"

#include <cstdint>

namespace kube {
namespace {

int digit(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '+') return 62;
  if (character == '/') return 63;
  return -1;
}

bool is_blank(char character) { return character == '\n' || character == '\r' || character == ' '; }

}  // namespace

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  int digits = 0, padding = 0;
  for (const char character : text) {
    if (is_blank(character)) continue;
    const bool is_padding = character == '=';
    const int value = is_padding ? 0 : digit(character);
    if (value < 0 || (padding > 0 && !is_padding)) return std::nullopt;
    padding += is_padding ? 1 : 0;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (++digits < 4) continue;
    for (int shift = 16; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(bits >> shift & 0xff));
    bits = 0;
    digits = 0;
  }
  if (digits != 0 || padding > 2) return std::nullopt;
  bytes.resize(bytes.size() - static_cast<std::size_t>(padding));
  return bytes;
}

}  // namespace kube
