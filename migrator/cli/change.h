// migrator/cli/change.h: upgrade and downgrade, which differ in direction only.
#pragma once
#include "migrator/cli/run_flags.h"
#include "migrator/cli/verbs.h"

namespace cli {

struct ChangeFlags {
  CommonFlags common = {};
  RunFlags run = {};
  bool sql = false, dry_run = false;
  bool downgrade = false;
};
void add_change(Command&, ChangeFlags&);
/// Runs, or prints what would run (--sql, --dry-run). Returns the exit code.
int change(const ChangeFlags&);

/// The plan for people or programs; `sluice plan` and --dry-run.
int print_plan(const run::Request&, const Settings&);

}  // namespace cli
