#include "migrator/cli/result_text.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/waiting.h"

namespace cli {

int wait(const Words& words) {
  CommonFlags common;
  run::WaitRequest request;
  std::string timeout, interval;
  Command command("wait", "[flags]",
                  "wait until the database has a revision; takes no lock, changes nothing, holds one connection");
  command.option("--at-least", "REVISION", &request.at_least,
                 "this revision or a later one (SLUICE_TARGET; with --migrations: heads)");
  command.option("--timeout", "TIME", &timeout, "end with 50 after this long (5m)");
  command.option("--interval", "TIME", &interval, "between two questions (1s)");
  add_common(command, common);
  command.example("sluice wait --at-least 3f2a9c --timeout 10m", "init container of an application");
  command.example("sluice wait --migrations /app/migrations", "until everything this image knows is applied");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  request.run = settings.request();
  request.at_least = settings.value("target", request.at_least);
  if (request.at_least.empty() && !request.run.folder.empty()) request.at_least = "heads";
  if (!timeout.empty()) request.timeout = duration_of("--timeout", timeout);
  if (!interval.empty()) request.interval = duration_of("--interval", interval);
  const auto sink = settings.sink();
  return print_result(run::wait(request, settings.target(), *sink, SystemClock(), is_cancelled), settings.output());
}

}  // namespace cli
