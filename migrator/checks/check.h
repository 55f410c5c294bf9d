// migrator/checks/check.h: what must be true before or after: sql, http, tcp, tables, heads (guides S10).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/report/exit_code.h"
#include "common/spec/spec.h"
#include "migrator/postgres/session.h"
#include "migrator/postgres/target.h"

namespace checks {

struct Outcome {
  std::string name = {};
  bool passed = false;
  std::string reason = {};  // why not: never a body, a row's value or a credential
  /// The database could not be asked, for a cause that passes (10) or that its login heals (11): neither true nor
  /// false.
  std::optional<report::ExitCode> no_answer = {};
  int attempts = 0;  // that were answered
  std::int64_t took_ms = 0;
};

struct World {
  const postgres::Target* database = nullptr;
  std::function<std::vector<std::string>(postgres::Session&)> read_heads = {};  // the ledger's rows, for `heads`
  std::function<bool()> cancelled = {};
  std::string ca_file = {};  // for https; empty: SSL_CERT_FILE, the system's, then the one beside the executable
};

/// One check with its timeout and retries; a database that can't be asked is asked again for as long as they all may
/// take. Never throws for a failing check.
Outcome run(const spec::Check&, const World&);
/// In order; stops at the first failure. Calls `done` after each.
std::vector<Outcome> run_all(const std::vector<spec::Check>&, const World&,
                             const std::function<void(const Outcome&)>& done);

}  // namespace checks
