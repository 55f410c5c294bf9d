// migrator/revisions/ledger_heads.h: the rows of a ledger that holds heads, step by step (Alembic's HeadMaintainer).
#pragma once
#include <string>
#include <vector>

#include "migrator/revisions/plan.h"

namespace revisions {

/// Starts at the ledger's real rows. Rows that other rows imply are erased with the first change.
/// Each change costs time in the size of the revision's own arrows only.
class LedgerHeads {
 public:
  LedgerHeads(const Graph&, const std::vector<Position>& rows);

  bool is_applied(Position p) const { return applied_[p]; }
  const Marks& applied() const { return applied_; }

  /// `p` has just been applied; everything below it was before.
  HeadChange add(Position p);
  /// `p` has just been taken back; nothing applied builds on it.
  HeadChange remove(Position p);

  /// The effective heads, in topological order.
  std::vector<std::string> heads() const;

 private:
  HeadChange change(std::vector<Position> gone, const std::vector<Position>& come);

  const Graph& graph_;
  Marks applied_, in_ledger_;
  std::vector<Position> applied_above_;  // how many applied revisions build on each
  std::vector<Position> implied_rows_;   // rows at the start that other rows imply
};

}  // namespace revisions
