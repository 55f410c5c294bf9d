#include <algorithm>

#include "common/error.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/survey.h"
#include "migrator/cli/verbs.h"

namespace cli {

int current(const Words& words) {
  CommonFlags common;
  bool check_heads = false;
  Command command("current", "[flags]", "where the database stands, and how much is pending");
  command.flag("--check-heads", &check_heads, "end with 21 unless the database is at all heads of the files");
  add_common(command, common);
  command.example("sluice current --migrations db --database \"$URL\"", "the revision the database is at");
  command.example("sluice current --output json", "the same for programs");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  const Survey seen = survey(settings, NeedsDatabase::kYes);
  print(render_current(*seen.files.graph, *seen.database, settings.output(),
                       common.verbose ? Detail::kVerbose : Detail::kBrief));
  if (!check_heads) return 0;
  std::vector<std::string> heads = seen.files.graph->effective_heads(seen.files.graph->heads());
  std::vector<std::string> rows = seen.database->rows;
  std::sort(heads.begin(), heads.end());
  std::sort(rows.begin(), rows.end());
  if (heads == rows) return 0;
  throw PermanentError("the database isn't at all heads of the files", report::ExitCode::kHistoryMismatch);
}

}  // namespace cli
