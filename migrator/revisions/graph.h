// migrator/revisions/graph.h: all revisions of one tree: several roots, branches and merges.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "migrator/revisions/revision.h"

namespace revisions {

/// Where a revision stands in Graph::all(). What plan() computes with: an id is looked up once, then it is a number.
using Position = std::uint32_t;

/// For each revision the positions it is joined to, in two flat arrays: thousands of revisions cost a few kilobytes.
class Edges {
 public:
  Edges() = default;
  /// `pairs` are (from, to) with from < count; order of the pairs is kept.
  Edges(std::size_t count, const std::vector<std::pair<Position, Position>>& pairs);
  std::span<const Position> of(Position from) const {
    return std::span(to_).subspan(start_[from], start_[from + 1] - start_[from]);
  }

 private:
  std::vector<Position> start_ = {}, to_ = {};
};

/// Which revisions of a graph belong to something; index is the position.
using Marks = std::vector<bool>;

/// Immutable; owns its revisions. Pointers it returns live as long as it does.
class Graph {
 public:
  /// Checks everything at once: duplicate ids (both files named), missing parents and dependencies (with the nearest
  /// ids), cycles (the files in order), labels given twice.
  /// Throws PermanentError(kHistoryMismatch) with one line per problem.
  explicit Graph(std::vector<Revision> all);

  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  const std::vector<Revision>& all() const { return revisions_; }
  /// nullptr: not in this graph. Exact id only.
  const Revision* find(std::string_view id) const;
  /// Ids that start with `prefix`, in order.
  std::vector<std::string> starting_with(std::string_view prefix) const;
  /// The closest known ids to one that isn't there, best first, at most three.
  std::vector<std::string> nearest(std::string_view id) const;

  std::vector<std::string> heads() const;  // without children (parents' arrows only), in topological order
  std::vector<std::string> roots() const;  // without parents, in topological order
  std::vector<std::string> children(std::string_view id) const;

  /// `ids` with all their ancestors; dependencies count as parents. Unknown ids are left out.
  std::set<std::string> ancestors_and_self(const std::vector<std::string>& ids) const;
  /// Those of `ids` that no other of them implies through parents or dependencies, in the order given. Unknown ids
  /// stay.
  std::vector<std::string> effective_heads(const std::vector<std::string>& ids) const;
  /// Every id, parents and dependencies before children; ties in file order.
  std::vector<std::string> topological() const;
  /// Revisions carrying this branch label: the labelled one and its descendants. Empty: no such label.
  std::set<std::string> branch(std::string_view label) const;

  // The same by position.
  std::optional<Position> position(std::string_view id) const;
  const Revision& at(Position position) const { return revisions_[position]; }
  std::optional<Position> labelled(std::string_view label) const;  // the revision that carries it
  const std::vector<Position>& order() const { return order_; }    // topological
  std::span<const Position> parents_of(Position p) const { return parents_.of(p); }
  std::span<const Position> children_of(Position p) const { return children_.of(p); }
  /// Parents and dependencies, each once.
  std::span<const Position> below(Position p) const { return below_.of(p); }
  /// Children and those that depend on it, each once.
  std::span<const Position> above(Position p) const { return above_.of(p); }

 private:
  void index_ids(std::vector<std::string>& problems);
  void join(std::vector<std::string>& problems);
  void sort_topologically(std::vector<std::string>& problems);

  std::vector<Revision> revisions_;
  std::vector<Position> by_id_, order_;
  Edges parents_, children_, below_, above_;
};

enum class Follow { kParents, kParentsAndDependencies };

/// `from` and everything under it.
Marks ancestors(const Graph&, std::span<const Position> from, Follow follow = Follow::kParentsAndDependencies);
/// `from` and everything that builds on it.
Marks descendants(const Graph&, std::span<const Position> from, Follow follow = Follow::kParentsAndDependencies);

/// "0007 (0007_add_index.up.sql)": how messages name a revision.
std::string describe(const Revision&);

}  // namespace revisions
