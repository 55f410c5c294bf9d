// migrator/checks/get.h: one HTTP or HTTPS GET: for checks, and for the operator's gate.
#pragma once
#include <map>
#include <string>
#include <variant>

#include "migrator/checks/limit.h"

namespace checks {

struct Get {
  std::string url = {};
  std::map<std::string, std::string> headers = {};
  std::string ca_file = {};         // for https; empty: as World in check.h
  std::size_t most_body_bytes = 0;  // 0: the body is not read; a longer one is a failure
};

struct Answer {
  int status = 0;
  std::string body = {};
};

/// The answer, or why there is none: never a query, a header or a credential.
using Got = std::variant<Answer, std::string>;

/// Ends at the limit whatever the other side does; throws nothing. Redirects are not followed.
Got get(const Get&, const Limit&);

}  // namespace checks
