#include "migrator/checks/url.h"

#include <algorithm>
#include <cctype>

namespace checks {
namespace {

bool is_port(const std::string& text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         std::stoi(text) > 0 && std::stoi(text) < 65536;
}

/// "host", "host:port", "[v6]", "[v6]:port"
bool split_authority(const std::string& authority, Url& url) {
  std::size_t colon = authority.rfind(':');
  if (!authority.empty() && authority[0] == '[') {
    const std::size_t bracket = authority.find(']');
    if (bracket == std::string::npos) return false;
    url.host = authority.substr(1, bracket - 1);
    colon = bracket + 1 < authority.size() ? bracket + 1 : std::string::npos;
    if (colon != std::string::npos && authority[colon] != ':') return false;
  } else {
    url.host = authority.substr(0, colon);
  }
  url.port = colon == std::string::npos ? (url.tls ? "443" : "80") : authority.substr(colon + 1);
  return !url.host.empty() && is_port(url.port);
}

}  // namespace

std::optional<Url> parse_url(const std::string& text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string::npos) return std::nullopt;
  const std::string scheme = text.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  Url url{.tls = scheme == "https"};
  const std::size_t start = scheme_end + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", start), text.size());
  url.host_header = text.substr(start, end - start);
  const bool has_blank = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  if (has_blank || url.host_header.find('@') != std::string::npos || !split_authority(url.host_header, url))
    return std::nullopt;
  url.target = text.substr(end, text.find('#', end) - end);
  if (url.target.empty() || url.target[0] != '/') url.target.insert(0, "/");
  url.shown = scheme + "://" + url.host_header + url.target.substr(0, url.target.find('?'));
  return url;
}

}  // namespace checks
