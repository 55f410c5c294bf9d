#include "migrator/cli/change.h"

namespace cli {

int upgrade(const Words& words) {
  ChangeFlags flags;
  Command command("upgrade", "[TARGET] [flags]", "apply what is pending, up to a target");
  command.argument("TARGET", &flags.run.target,
                   "heads (default), head, +N, a revision or its first characters, "
                   "LABEL@head; with --sql also FROM:TO");
  add_change(command, flags);
  command.example("sluice upgrade heads --migrations db --database \"$URL\"", "everything that is pending");
  command.example("sluice upgrade +1", "one revision more");
  command.example("sluice upgrade --sql > preview.sql", "what would run, to read or to hand over");
  command.example("sluice upgrade --backup-dir backups --on-failure restore --accept-lost-writes",
                  "with a backup that comes back when something fails");
  if (const auto code = command.parse(words)) return *code;
  return change(flags);
}

}  // namespace cli
