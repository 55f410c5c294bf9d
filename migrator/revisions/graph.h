// migrator/revisions/graph.h: all revisions of one tree: several roots, branches and merges.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "migrator/revisions/revision.h"

namespace revisions {

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
  const Revision* find(const std::string& id) const;
  /// Ids that start with `prefix`, in order.
  std::vector<std::string> starting_with(const std::string& prefix) const;
  /// The closest known ids to one that isn't there, best first, at most three.
  std::vector<std::string> nearest(const std::string& id) const;

  std::vector<std::string> heads() const;  // without children (parents' arrows only), in topological order
  std::vector<std::string> roots() const;
  const std::vector<std::string>& children(const std::string& id) const;

  /// `ids` with all their ancestors; dependencies count as parents. Unknown ids are left out.
  std::set<std::string> ancestors_and_self(const std::vector<std::string>& ids) const;
  /// Those of `ids` that no other of them implies through parents or dependencies.
  std::vector<std::string> effective_heads(const std::vector<std::string>& ids) const;
  /// Every id, parents and dependencies before children; ties in file order.
  const std::vector<std::string>& topological() const { return order_; }
  /// Revisions carrying this branch label: the labelled one and its descendants.
  std::set<std::string> branch(const std::string& label) const;

 private:
  std::vector<Revision> revisions_;
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::vector<std::string>> children_;
  std::vector<std::string> order_;
};

}  // namespace revisions
