// operator/gate/url.h: a request's target taken apart.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gate {

struct Url {
  std::vector<std::string> path = {};             // "/a/b%2Fc" → {"a", "b/c"}: split first, then decoded
  std::map<std::string, std::string> query = {};  // "?a=b" → {a: b}; a parameter without "=" is empty
  bool operator==(const Url&) const = default;
};

/// None: no path that begins with "/", a broken percent-encoding, a parameter that comes twice, a zero byte, or text
/// that isn't UTF-8.
[[nodiscard]] std::optional<Url> parse_url(std::string_view target);

}  // namespace gate
