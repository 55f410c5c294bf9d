// migrator/layouts/tools.h: the readers behind read_revisions(), one a tool.
#pragma once
#include <string>
#include <vector>

#include "migrator/layouts/layout.h"
#include "migrator/layouts/name.h"

namespace layouts {

// Each moves the scripts out of `folder`, gives revisions in file order, and appends what is wrong to `problems`.

/// `<id>_<slug>.up.sql` (or `.sql`) with a header, `.down.sql` beside it. Numbered files without a header chain among
/// themselves, so that a folder of plain SQL can go on in Sluice's layout.
std::vector<revisions::Revision> read_sluice(Folder& folder, std::vector<std::string>& problems);

/// `NNN_name.sql`, or `.up.sql` and `.down.sql`; chained in the order of the numbers.
std::vector<revisions::Revision> read_numbered(Folder& folder, std::vector<std::string>& problems);

/// `NNN_name.up.sql` and `.down.sql`; chained in the order of the numbers; gaps are fine.
std::vector<revisions::Revision> read_golang_migrate(Folder& folder, std::vector<std::string>& problems);

/// What a numbered layout takes from a name: its version, or "" for a name it can't read.
using VersionOf = std::string_view (*)(const Name&);

/// The chain of those of `scripts` that are SQL: what both numbered layouts share. `hint`: how names must look.
std::vector<revisions::Revision> chain(std::vector<revisions::Script*> scripts, VersionOf version_of_name,
                                       const std::string& hint, std::vector<std::string>& problems);

}  // namespace layouts
