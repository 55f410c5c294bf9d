#include "common/report/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace report {

// The low-level SHA-256 calls are deprecated but cost nothing at start: the first use of EVP (and SHA256(), which goes
// through it) initialises OpenSSL's providers, 0.9 ms, as much as all the rest of a run with nothing to do.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> raw{};
  SHA256_CTX context{};
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(raw.data(), &context);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(raw.size() * 2);
  for (const unsigned char byte : raw) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 0x0f];
  }
  return hex;
}
#pragma GCC diagnostic pop

bool is_migration_file(std::string_view name) {
  const auto ends_with = [name](std::string_view ending) {
    if (name.size() <= ending.size()) return false;
    return std::equal(ending.begin(), ending.end(), name.end() - static_cast<std::ptrdiff_t>(ending.size()),
                      [](char wanted, char c) { return wanted == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
  };
  return !name.starts_with('.') && (ends_with(".sql") || ends_with(".py") || ends_with(".conf"));
}

std::string files_digest(std::vector<std::pair<std::string, std::string>> name_and_sha256) {
  std::sort(name_and_sha256.begin(), name_and_sha256.end());
  std::string all;
  // The length before each name keeps ("a", "b…") and ("ab", "…") apart.
  for (const auto& [name, content] : name_and_sha256) {
    all += std::to_string(name.size()) + ":" + name + content + "\n";
  }
  return sha256_hex(all);
}

}  // namespace report
