#include "migrator/cli/sink.h"
#include "migrator/cli/survey.h"
#include "migrator/cli/verbs.h"

namespace cli {

int history(const Words& words) {
  CommonFlags common;
  Command command("history", "[flags]",
                  "all revisions, newest first; applied ones are marked where a database is named");
  add_common(command, common);
  command.example("sluice history --migrations db", "the files alone");
  command.example("sluice history --verbose --database \"$URL\"", "with docstrings, and what was applied when");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  const Survey seen = survey(settings, NeedsDatabase::kIfNamed);
  print(render_history(*seen.files.graph, seen.database, settings.output(),
                       common.verbose ? Detail::kVerbose : Detail::kBrief));
  return 0;
}

}  // namespace cli
