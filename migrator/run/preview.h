// migrator/run/preview.h: what a run would do, looked at without lock and without changing anything (`sluice plan`,
// `--sql`; guides E7).
#pragma once
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
};

/// Throws the errors a run would end with before its backup (2, 10, 11, 20, 21).
Preview preview(const Request&, const postgres::Target&, const Clock&);

/// Everything a run would send to change the database, message by message, assembled by the very code that sends it:
/// the lock session's statements and the apply session's, probes included; what only reads is left out. A good run is
/// printed: no retry, no going back. psql runs the text: what a run does on two sessions then happens on one, and the
/// lines that this needs end with postgres::kOneSessionOnly. A run's own are its id, its times, its backup's name and
/// its lock session's pid; the text says what stands for them.
/// Throws as preview().
std::string printed_run(const Request&, const postgres::Target&, const Clock&);

/// Without a database: from the revision `from` ("base": none) to request's target, on a server of 14 or newer. Assumed
/// are a ledger and a journal that Sluice wrote, where `from` is not base.
std::string printed_run_offline(const Request&, const std::string& from, const Clock&);

}  // namespace run
