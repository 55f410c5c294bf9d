// migrator/checks/attempt.h: one attempt of one check. Private to this folder.
#pragma once
#include <optional>
#include <string>

#include "migrator/checks/check.h"
#include "migrator/checks/limit.h"

namespace checks {

/// Why it did not pass; none: it passed. Never a body, a row's value or a credential.
using Failure = std::optional<std::string>;

/// What came of asking the database.
struct Asked {
  Failure failure = {};
  std::optional<report::ExitCode> no_answer = {};  // as in Outcome; `failure` tells why
};

// Each ends at the limit whatever the other side does, and throws nothing for a failing check.
Asked attempt_sql(const std::string& sql, const postgres::Target&, const Limit&);
Asked attempt_tables(const std::vector<std::string>& tables, const postgres::Target&, const Limit&);
Asked attempt_heads(const std::vector<std::string>& wanted, const World&, const Limit&);
Failure attempt_tcp(const spec::TcpCheck&, const Limit&);
/// `ca_file` as in World.
Failure attempt_http(const spec::HttpCheck&, const std::string& ca_file, const Limit&);

}  // namespace checks
