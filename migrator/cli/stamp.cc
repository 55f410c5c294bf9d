#include "migrator/run/stamp.h"

#include "migrator/cli/result_text.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"

namespace cli {

int stamp(const Words& words) {
  CommonFlags common;
  run::StampRequest request;
  std::string lock_wait;
  Command command("stamp", "REVISION… [flags]",
                  "say where a database stands without running anything: version table and journal, with the checksums "
                  "of the files as they are now");
  command.arguments("REVISION…", &request.targets, "heads, a revision or its first characters, LABEL@head, base");
  command.flag("--purge", &request.purge,
               "first empty the version table, rows of unknown revisions included; take edited files as they are");
  command.option("--lock-wait", "TIME", &lock_wait, "how long to wait for another run (10m)");
  add_common(command, common);
  command.example("sluice stamp heads", "adopt a database that has everything already");
  command.example("sluice stamp --purge 3f2a9c", "replace whatever the version table says");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  if (request.targets.empty()) request.targets = {"heads"};
  request.run = settings.request();
  if (!lock_wait.empty()) request.run.spec.apply.lock_wait = duration_of("--lock-wait", lock_wait);
  request.run.spec.target = request.targets.front();
  const auto sink = settings.sink();
  return print_result(run::stamp(request, settings.target(), *sink, SystemClock(), is_cancelled), settings.output());
}

}  // namespace cli
