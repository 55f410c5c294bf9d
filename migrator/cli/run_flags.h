// migrator/cli/run_flags.h: the flags of the verbs that plan or change: run, upgrade, downgrade, plan.
#pragma once
#include <string>

#include "migrator/cli/settings.h"

namespace cli {

struct RunFlags {
  std::string target = {}, phase = {}, transaction = {}, lock_wait = {}, lock_timeout = {}, statement_timeout = {},
              on_blocked = {};
  std::string backup = {}, keep = {}, on_failure = {}, approved_plan = {}, expect_digest = {};
  bool accept_lost_writes = false, trust_digest = false, again = false, init_container = false;
};
/// What decides a plan.
void add_plan_flags(Command&, RunFlags&);
/// What changes things.
void add_change_flags(Command&, RunFlags&);

/// The request with flags and environment over the resource. Throws PermanentError(kUsage).
run::Request request_of(const Settings&, const RunFlags&);

/// Writes the result to SLUICE_TERMINATION_LOG, else to /dev/termination-log where that file exists.
void write_termination_log(const report::Result&);

}  // namespace cli
