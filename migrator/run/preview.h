// migrator/run/preview.h: what a run would do, looked at without lock and without changing anything (`sluice plan`,
// `--sql`; guides E7).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "migrator/run/context.h"
#include "migrator/run/pipeline.h"

namespace run {

struct PlannedStep {
  std::string revision = {}, direction = {}, file = {}, message = {};
  bool transactional = true, destructive = false;
  int statements = 0;
  std::vector<std::string> warnings = {};
};

struct Preview {
  report::Result result = {};           // code 0, heads as they are now, pending, plan_hash, destructive
  std::vector<PlannedStep> steps = {};  // in order
  std::vector<std::string> held_back = {};
  std::vector<std::string> heads_after = {};
  std::string sql = {};  // what would be sent, ledger and journal rows included
};

/// Throws the errors a run would end with before its backup (2, 10, 11, 20, 21).
Preview preview(const Request&, const postgres::Target&, const Clock&);

/// Without a database: from the revision `from` ("base": none) to request's target.
Preview preview_offline(const Request&, const std::string& from, const Clock&);

}  // namespace run
