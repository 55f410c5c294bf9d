// migrator/revisions/plan.h: the ordered steps from a database's heads to a target. Pure.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "migrator/revisions/graph.h"

namespace revisions {

enum class Direction { kUp, kDown };

/// What a step changes in a ledger that holds heads (Alembic's HeadMaintainer): every update and erase hits exactly one
/// row.
struct HeadChange {
  std::vector<std::string> insert = {};
  std::vector<std::string> erase = {};
  std::vector<std::pair<std::string, std::string>> update = {};  // from, to
  bool operator==(const HeadChange&) const = default;
};

struct Step {
  const Revision* revision = nullptr;  // owned by the graph
  Direction direction = Direction::kUp;
  HeadChange heads = {};
};

struct Plan {
  std::vector<Step> steps = {};
  std::vector<std::string> heads_after = {};  // effective heads when all steps are done
  std::vector<std::string> held_back = {};    // contract revisions that phase Expand leaves out
};

enum class PhaseLimit { kExpand, kAll };

/// Upwards: `target` is head, heads, base, +N, an id, a unique prefix, label@head, ID+N; downwards also -N, ID-N,
/// label@base. `rows`: the ledger's rows. Errors, all PermanentError: kHistoryMismatch for an unknown row (says which
/// row, the folder's nearest ids, how to stamp), several heads for `head` (lists them), unknown or ambiguous target;
/// kUsage for a target of the other direction. A down step without a down script, or an irreversible one:
/// kHistoryMismatch naming the file or the reason. With PhaseLimit::kExpand an expand revision that builds on a
/// contract revision still to do: kHistoryMismatch naming both, since that order can't be run in phases.
Plan plan_upgrade(const Graph&, const std::vector<std::string>& rows, const std::string& target,
                  PhaseLimit limit = PhaseLimit::kAll);
Plan plan_downgrade(const Graph&, const std::vector<std::string>& rows, const std::string& target);

/// The steps up that applied these of the ids that are applied, in order, as if they had been the last ones before
/// `rows`. Throws PermanentError(kNotWentBack) naming a revision that builds on one of them and isn't among them.
std::vector<Step> last_steps(const Graph&, const std::vector<std::string>& rows, const std::set<std::string>& ids);

/// The ids a target names, for stamp, wait and show: heads -> all heads; same errors as above.
std::vector<std::string> resolve(const Graph&, const std::vector<std::string>& rows, const std::string& target);

}  // namespace revisions
