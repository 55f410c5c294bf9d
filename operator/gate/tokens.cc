#include "operator/gate/tokens.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <sstream>

#include "common/error.h"
#include "common/log.h"

namespace gate {

Tokens::Tokens(const std::string& file) : file_(file) {
  if (!load()) throw PermanentError("no token can be read from " + file, report::ExitCode::kUsage);
}

bool Tokens::matches(std::string_view token) {
  if (file_.has_changed() && !load()) logging::warning("gate token not taken", {{"file", file_.path()}});
  const Digest asked = digest(token);
  bool matched = false;
  for (const Digest& each : digests_) {
    const bool same = CRYPTO_memcmp(each.data(), asked.data(), asked.size()) == 0;
    matched = matched || same;
  }
  return matched;
}

/// Digests have one length, so that a comparison tells nothing about a token's.
Tokens::Digest Tokens::digest(std::string_view text) {
  Digest made{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), made.data());
  return made;
}

bool Tokens::load() {
  file_.mark_seen();
  const std::optional<std::string> text = file_.read();
  if (!text) return false;
  std::vector<Digest> loaded;
  std::istringstream lines(*text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    loaded.push_back(digest(line.substr(first, line.find_last_not_of(" \t\r") - first + 1)));
  }
  if (loaded.empty()) return false;
  digests_ = std::move(loaded);
  return true;
}

}  // namespace gate
