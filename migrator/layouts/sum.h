// migrator/layouts/sum.h: `sluice.sum`, the digest of a folder that `sluice digest` wrote, and of which files it is.
#pragma once
#include <string>

#include "migrator/layouts/layout.h"

namespace layouts {

inline constexpr const char* kSumName = "sluice.sum";

/// What stands in it: the digest, then "SIZE NAME" of each file, a line each.
std::string sum_of(const Folder&);

struct Sum {
  std::string digest = {};   // of the folder; empty: not known
  std::string problem = {};  // why what stands there isn't taken; empty: it is, or there is no such file
};

/// Taken only where the folder has the very names and sizes that stand in it: whoever builds an image on another, or
/// keeps it in Git, forgets to write it anew, and the files added since would never be looked at. Content isn't read,
/// so an edit that keeps the size goes unseen. About a microsecond a file. Throws nothing: what can't be read isn't
/// taken.
Sum read_sum(const std::string& folder);

}  // namespace layouts
