// migrator/run/pipeline.h: the run: nothing to do? -> lock -> preflight -> plan -> checks before -> backup -> apply ->
// checks after -> (go back) -> report. Rules: docs/run-protocol.md.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/report/event.h"
#include "common/report/result.h"
#include "common/spec/spec.h"
#include "migrator/postgres/target.h"

namespace run {

/// What one run is asked to do; from flags, environment, sluice.yaml or a DatabaseMigration.
struct Request {
  spec::DatabaseMigrationSpec spec = {};
  std::string folder = {};  // migrations; empty in tool mode
  std::string backup_dir = {};
  std::string pg_bin = {};
  std::optional<postgres::Target> maintenance =
      {};                          // a role that may create and rename databases; none: the target's own
  std::string expect_digest = {};  // exit 10 SourceChanged when the files read differ
  bool trust_digest_file = false;  // sluice.sum may stand for the files (State), where it fits them
  bool downgrade = false;          // target is below
  bool assume_yes = false;
  bool again = false;                              // run even though this digest ended 20 or 30 before
  std::string approved_plan = {};                  // exit 40 when the plan's hash differs
  std::vector<std::string> tool = {};              // tool mode: the command
  std::vector<std::string> tool_environment = {};  // "NAME=value": what the command gets beside our environment
  bool init_container = false;                     // refuses restore (Going back 3)
  std::vector<std::string> questions = {};         // ids to answer about: result.answers
  std::string expect_answers = {};                 // exit 40 OldCodeRunning when, under the lock, they are others
};

/// Executes the whole pipeline. Never throws for what a run can meet: the result's code says it. `cancelled` is asked
/// often (SIGTERM).
report::Result execute(const Request&, const postgres::Target&, report::EventSink&, const Clock&,
                       const std::function<bool()>& cancelled);

/// Looks without lock and changes nothing: heads, pending, contract_pending and answers, or the code a run would end
/// with before its backup. With a tool of the user's: heads and answers. Never throws, as execute().
report::Result survey(const Request&, const postgres::Target&, const Clock&);

}  // namespace run
