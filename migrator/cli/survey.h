// migrator/cli/survey.h: what the reading verbs look at: files, and the database where one is named.
#pragma once
#include <optional>

#include "migrator/cli/render_history.h"
#include "migrator/cli/settings.h"
#include "migrator/run/files.h"

namespace cli {

struct Survey {
  run::Files files = {};
  std::optional<DatabaseState> database = {};  // none: none was named
};
enum class NeedsDatabase { kYes, kIfNamed };
/// One connection, nothing is changed. Throws what reading files and database throws.
Survey survey(const Settings&, NeedsDatabase);

}  // namespace cli
