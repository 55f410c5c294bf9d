#include "common/error.h"
#include "migrator/cli/change.h"

namespace cli {

int downgrade(const Words& words) {
  ChangeFlags flags;
  flags.downgrade = true;
  Command command("downgrade", "TARGET [flags]", "undo revisions by their down scripts");
  command.argument("TARGET", &flags.run.target, "-N, a revision to go back to, base, LABEL@base", true);
  add_change(command, flags);
  command.example("sluice downgrade -1", "undo the newest revision");
  command.example("sluice downgrade 3f2a9c", "undo everything after this revision");
  command.example("sluice downgrade base --yes", "undo everything; what loses data wants --yes");
  if (const auto code = command.parse(words)) return *code;
  return change(flags);
}

}  // namespace cli
