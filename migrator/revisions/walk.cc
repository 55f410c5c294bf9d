// The relative targets: +N, -N, ID+N, LABEL@-N; and what a way down takes away.
#include <algorithm>

#include "common/error.h"
#include "migrator/revisions/target.h"
#include "migrator/revisions/text.h"

namespace revisions {
namespace {

using Place = std::optional<Position>;  // none: base, below every root

[[noreturn]] void fail_walk(const Target& target, const std::string& why, report::ExitCode code) {
  throw PermanentError("target " + target.text + ": " + why, code);
}
constexpr auto kMismatch = report::ExitCode::kHistoryMismatch;
constexpr auto kUsage = report::ExitCode::kUsage;

std::string list(const Graph& graph, const std::vector<Position>& positions) {
  std::vector<std::string> names;
  for (Position p : positions) names.push_back(describe(graph.at(p)));
  return joined(names, ", ");
}

std::string name_of(const Graph& graph, Place place) { return place ? describe(graph.at(*place)) : "base"; }

std::vector<Position> kept(std::span<const Position> positions, const Marks* on) {
  std::vector<Position> result;
  for (Position p : positions)
    if (!on || (*on)[p]) result.push_back(p);
  return result;
}

std::vector<Position> roots(const Graph& graph) {
  std::vector<Position> result;
  for (Position p : graph.order())
    if (graph.parents_of(p).empty()) result.push_back(p);
  return result;
}

Place walk_up(const Graph& graph, Place from, int steps, const Marks* on, const Target& target) {
  Place at = from;
  for (int done = 0; done < steps; ++done) {
    const std::vector<Position> next = at ? kept(graph.children_of(*at), on) : kept(roots(graph), on);
    if (next.empty())
      fail_walk(target, "only " + std::to_string(done) + " revisions follow " + name_of(graph, from), kMismatch);
    if (next.size() > 1)
      fail_walk(target, name_of(graph, at) + " is followed by several: " + list(graph, next) + "; name one by its id",
                kMismatch);
    at = next[0];
  }
  return at;
}

Place walk_down(const Graph& graph, Position from, int steps, const Marks* on, const Target& target) {
  Place at = from;
  for (int done = 0; done < steps; ++done) {
    if (!at)
      fail_walk(target, "only " + std::to_string(done) + " revisions are at and below " + name_of(graph, from),
                kMismatch);
    const std::vector<Position> next = kept(graph.parents_of(*at), on);
    if (next.size() > 1)
      fail_walk(target, name_of(graph, at) + " merges " + list(graph, next) + "; name one by its id", kMismatch);
    if (next.empty())
      at.reset();  // gcc 12 takes a conditional of two optionals for uninitialised
    else
      at = next[0];
  }
  return at;
}

// Where LABEL@+N starts when no current head is on the branch itself: the highest applied revisions of it.
std::vector<Position> tips(const Graph& graph, const std::vector<Position>& current, const Marks& on) {
  const Marks applied = ancestors(graph, current);
  std::vector<Position> result;
  for (Position p : graph.order()) {
    if (!applied[p] || !on[p]) continue;
    const auto children = graph.children_of(p);
    if (std::none_of(children.begin(), children.end(), [&](Position c) { return applied[c] && on[c]; }))
      result.push_back(p);
  }
  return result;
}

// The one place of the database from which a relative target counts.
Place start_of(const Graph& graph, const std::vector<Position>& current, const Marks* on, const Target& target) {
  const std::vector<Position> starts = on ? tips(graph, current, *on) : current;
  if (starts.size() > 1)
    fail_walk(target,
              "the database is at several heads: " + list(graph, starts) + "; write LABEL@" + target.text +
                  " or an id before the number",
              kMismatch);
  return starts.empty() ? Place{} : Place{starts[0]};
}

Place relative_to_symbol(const Graph& graph, const Target& target, const Marks* on) {
  if (target.symbol == "base") {
    if (*target.steps < 0) fail_walk(target, "nothing is below base", kUsage);
    return walk_up(graph, std::nullopt, *target.steps, on, target);
  }
  const std::vector<Position> from = named(graph, target);
  if (from.size() != 1)
    fail_walk(target, "it counts from one revision, not from " + std::to_string(from.size()), kUsage);
  return *target.steps > 0 ? walk_up(graph, from[0], *target.steps, on, target)
                           : walk_down(graph, from[0], -*target.steps, on, target);
}

// Going down to `place` takes away what follows it; with a label, only what leads to that branch.
std::vector<Position> following(const Graph& graph, Place place, const Target& target) {
  std::vector<Position> next = place ? kept(graph.children_of(*place), nullptr) : roots(graph);
  if (target.label.empty() || next.size() < 2) return next;
  const Marks on = lineage(graph, target);
  return kept(next, &on);
}

}  // namespace

std::vector<Position> upward(const Graph& graph, const std::vector<Position>& current, const Target& target) {
  if (!target.steps) return named(graph, target);
  const Marks on = target.label.empty() ? Marks{} : lineage(graph, target);
  const Marks* only = target.label.empty() ? nullptr : &on;
  Place place;
  if (!target.symbol.empty()) {
    place = relative_to_symbol(graph, target, only);
  } else if (*target.steps < 0) {
    fail_walk(target, "it goes down; use `sluice downgrade " + target.text + "`", kUsage);
  } else {
    place = walk_up(graph, start_of(graph, current, only, target), *target.steps, only, target);
  }
  return place ? std::vector<Position>{*place} : std::vector<Position>{};
}

std::vector<Position> downward(const Graph& graph, const std::vector<Position>& current, const Target& target) {
  const Marks on = target.label.empty() ? Marks{} : lineage(graph, target);
  const Marks* only = target.label.empty() ? nullptr : &on;
  Place place;
  if (target.steps && target.symbol.empty()) {
    if (*target.steps > 0) fail_walk(target, "it goes up; use `sluice upgrade " + target.text + "`", kUsage);
    const Place start = start_of(graph, current, only, target);
    if (!start) fail_walk(target, "the database is at base already", kMismatch);
    // Taken away is the N-th one with all that builds on it, not all that follows the one below: what stands beside it
    // on another branch stays, and a merge goes as one step.
    const Place last = walk_down(graph, *start, -*target.steps - 1, only, target);
    if (!last) fail_walk(target, "fewer revisions are at and below " + name_of(graph, start), kMismatch);
    return {*last};
  }
  if (target.steps) {
    place = relative_to_symbol(graph, target, only);
  } else if (const std::vector<Position> found = named(graph, target); !found.empty()) {
    if (found.size() > 1) fail_walk(target, "a way down ends at one revision, or at base", kUsage);
    place = found[0];
  }
  if (place && !ancestors(graph, current)[*place])
    fail_walk(target, describe(graph.at(*place)) + " is not applied, so it is not below; use `sluice upgrade`", kUsage);
  return following(graph, place, target);
}

}  // namespace revisions
