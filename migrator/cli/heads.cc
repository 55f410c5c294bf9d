#include "migrator/cli/sink.h"
#include "migrator/cli/survey.h"
#include "migrator/cli/verbs.h"

namespace cli {

int heads(const Words& words) {
  CommonFlags common;
  Command command("heads", "[flags]", "the newest revision of each branch of the files");
  add_common(command, common);
  command.example("sluice heads --migrations db", "more than one means that branches wait to be merged");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  const Survey seen = survey(settings, NeedsDatabase::kIfNamed);
  print(render_heads(*seen.files.graph, seen.database, settings.output(),
                     common.verbose ? Detail::kVerbose : Detail::kBrief));
  return 0;
}

}  // namespace cli
