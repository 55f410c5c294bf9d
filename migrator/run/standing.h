// migrator/run/standing.h: which revisions a database has, for whoever may hold other files than those that were
// applied: an old image beside a newer database, or no files at all.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "migrator/run/context.h"

namespace run {

/// From the ledger's rows downwards, by the files where they know a revision, else by what the journal recorded. Never
/// by journal rows alone: the ledger may have been moved by another tool.
struct Standing {
  std::vector<std::string> rows = {};     // the ledger's
  std::set<std::string> applied = {};     // the rows and all that is known to be below them
  std::vector<std::string> unknown = {};  // of those: what they stand on is not known

  bool may_read_journal = true;  // false: what it knows is as unknown as if it weren't there

  enum class Answer { kNo, kYes, kCannotTell };
  /// kCannotTell: it isn't among `applied`, but may be below one of `unknown`.
  Answer has(const std::string& id) const;
};

/// Reads the ledger, and the journal where the files don't know all of it and the role may read it. Throws what Session
/// throws.
Standing read_standing(Context&, postgres::Session&);

/// The ids a target names when nothing is applied yet: what phase Expand holds back isn't asked for, unless it is named
/// itself. Throws PermanentError as revisions::plan_upgrade.
std::vector<std::string> wanted(const revisions::Graph&, const std::string& target, spec::Phase);

/// True for the init container of an older image beside a newer database: the ledger holds revisions that the files
/// don't know, and below them is everything the run's target asks for. Fills result.heads.
bool is_ahead(Context&, postgres::Session&);

}  // namespace run
