// migrator/checks/url.h: an http or https URL, taken apart. Pure.
#pragma once
#include <optional>
#include <string>

namespace checks {

struct Url {
  bool tls = false;
  std::string host = {};         // without brackets
  std::string port = {};         // "80", "443" where none is given
  std::string host_header = {};  // as written: with brackets, and the port where one is given
  std::string target = {};       // path and query, "/" at least
  std::string shown = {};        // for messages: without query and credentials
};

/// none: not an absolute http or https URL, or one with user and password (those belong into a header).
std::optional<Url> parse_url(const std::string&);

}  // namespace checks
