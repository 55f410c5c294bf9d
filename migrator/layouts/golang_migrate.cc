#include "migrator/layouts/tools.h"

namespace layouts {

std::vector<revisions::Revision> read_golang_migrate(Folder& folder, std::vector<std::string>& problems) {
  std::vector<revisions::Script*> scripts;
  scripts.reserve(folder.files.size());
  for (revisions::Script& script : folder.files) scripts.push_back(&script);
  return chain(std::move(scripts), golang_migrate_version, "NUMBER_name.up.sql or NUMBER_name.down.sql", problems);
}

}  // namespace layouts
