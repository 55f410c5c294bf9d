#include "migrator/run/repair.h"

#include "migrator/cli/result_text.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"

namespace cli {

int repair(const Words& words) {
  CommonFlags common;
  run::RepairRequest request;
  std::string lock_wait;
  Command command("repair", "REVISION… [flags]",
                  "take the edited files of applied revisions as what was applied, where the edit changed nothing that "
                  "counts (a comment, blanks); runs no script, and writes who did it when into the journal");
  command.arguments("REVISION…", &request.revisions, "edited revisions; without any: says which are");
  command.flag("--all", &request.all, "all that were edited");
  command.option("--lock-wait", "TIME", &lock_wait, "how long to wait for another run (10m)");
  add_common(command, common);
  command.example("sluice repair", "which files were edited since they were applied?");
  command.example("sluice repair 002", "its file counts as applied as it is now");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  if (request.all && !request.revisions.empty()) wrong("either revisions or --all");
  request.run = settings.request();
  if (!lock_wait.empty()) request.run.spec.apply.lock_wait = duration_of("--lock-wait", lock_wait);
  const auto sink = settings.sink();
  return print_result(run::repair(request, settings.target(), *sink, SystemClock(), is_cancelled), settings.output());
}

}  // namespace cli
