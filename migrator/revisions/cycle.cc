#include "migrator/revisions/cycle.h"

#include <algorithm>

namespace revisions {
namespace {

// Every revision left over has one under it that is left over too, so the walk ends only where it meets itself.
Position next_left(const Graph& graph, const Marks& left, Position p) {
  for (Position q : graph.below(p))
    if (left[q]) return q;
  return p;
}

}  // namespace

std::vector<std::vector<Position>> cycles(const Graph& graph, const Marks& left) {
  std::vector<std::vector<Position>> result;
  Marks seen(left.size());
  for (Position start = 0; start < left.size(); ++start) {
    if (!left[start] || seen[start]) continue;
    std::vector<Position> walk;
    Position p = start;
    for (; !seen[p]; p = next_left(graph, left, p)) {
      seen[p] = true;
      walk.push_back(p);
    }
    const auto again = std::find(walk.begin(), walk.end(), p);
    if (again == walk.end()) continue;  // ran into an earlier walk: that cycle is reported already
    const auto smallest = std::min_element(again, walk.end());
    std::rotate(again, smallest, walk.end());
    result.emplace_back(again, walk.end());
  }
  return result;
}

std::string describe_cycle(const Graph& graph, const std::vector<Position>& cycle) {
  std::string line = "revisions wait for each other: ";
  for (Position p : cycle) line += graph.at(p).up.file + " -> ";
  return line + graph.at(cycle.front()).up.file +
         " (each revises or depends on the next); change one `revises` or `depends-on` line";
}

}  // namespace revisions
