#include "migrator/cli/sink.h"
#include "migrator/cli/survey.h"
#include "migrator/cli/verbs.h"
#include "migrator/revisions/plan.h"

namespace cli {

int show(const Words& words) {
  CommonFlags common;
  std::string target;
  Command command("show", "REVISION [flags]", "one revision in full: header, docstring, file, when it was applied");
  command.argument("REVISION", &target, "a revision or its first characters, head, LABEL@head", true);
  add_common(command, common);
  command.example("sluice show 3f2a --migrations db", "by its first characters");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  const Survey seen = survey(settings, NeedsDatabase::kIfNamed);
  const std::vector<std::string> rows = seen.database ? seen.database->rows : std::vector<std::string>();
  print(render_show(*seen.files.graph, revisions::resolve(*seen.files.graph, rows, target), seen.database,
                    settings.output()));
  return 0;
}

}  // namespace cli
