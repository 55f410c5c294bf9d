// operator/gate/tokens.h: who may ask at the gate.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "operator/gate/watched_file.h"

namespace gate {

/// The tokens in a file, one a line (several while they rotate). Read anew when the file changes; one that can't be
/// read or holds none leaves the last good ones in force, and is logged once. Not thread-safe.
class Tokens {
 public:
  /// PermanentError (kUsage): can't be read, or holds no token.
  explicit Tokens(const std::string& file);

  /// Takes the same time whatever is wrong with it.
  [[nodiscard]] bool matches(std::string_view token);

 private:
  using Digest = std::array<unsigned char, 32>;
  static Digest digest(std::string_view);
  bool load();

  WatchedFile file_;
  std::vector<Digest> digests_ = {};
};

}  // namespace gate
