// migrator/revisions/cycle.h: revisions that wait for each other, for the error that names them.
#pragma once
#include <string>
#include <vector>

#include "migrator/revisions/graph.h"

namespace revisions {

/// The cycles among `left` (the revisions no topological order could take), none sharing a revision with another.
/// Each as a walk: every revision revises or depends on the next, the last one on the first.
std::vector<std::vector<Position>> cycles(const Graph&, const Marks& left);

/// One line: "revisions wait for each other: a.up.sql -> b.up.sql -> a.up.sql; …".
std::string describe_cycle(const Graph&, const std::vector<Position>& cycle);

}  // namespace revisions
