#include "migrator/cli/change.h"

#include "migrator/cli/signals.h"
#include "migrator/cli/sink.h"
#include "migrator/run/preview.h"

namespace cli {
namespace {

/// --sql: with FROM:TO no database is asked.
int print_sql(run::Request request, const Settings& settings) {
  const SystemClock clock;
  const std::size_t colon = request.spec.target.find(':');
  if (colon == std::string::npos) {
    print(run::printed_run(request, settings.target(), clock));
    return 0;
  }
  const std::string from = request.spec.target.substr(0, colon);
  request.spec.target = request.spec.target.substr(colon + 1);
  print(run::printed_run_offline(request, from, clock));
  return 0;
}

}  // namespace

void add_change(Command& command, ChangeFlags& flags) {
  add_plan_flags(command, flags.run);
  command.flag("--sql", &flags.sql, "print exactly what would run, version table included; FROM:TO asks no database");
  command.flag("--dry-run", &flags.dry_run, "print the plan; change nothing");
  add_change_flags(command, flags.run);
  add_common(command, flags.common);
}

int change(const ChangeFlags& flags) {
  const Settings settings(flags.common);
  run::Request request = request_of(settings, flags.run);
  request.downgrade = flags.downgrade;
  // A person who types it has seen what happened before, and approves what they typed.
  request.again = true;
  if (flags.sql) return print_sql(request, settings);
  if (flags.dry_run) return print_plan(request, settings);
  const auto sink = settings.sink();
  return static_cast<int>(run::execute(request, settings.target(), *sink, SystemClock(), is_cancelled).code);
}

}  // namespace cli
