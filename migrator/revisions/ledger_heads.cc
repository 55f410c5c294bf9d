#include "migrator/revisions/ledger_heads.h"

#include <algorithm>

namespace revisions {

LedgerHeads::LedgerHeads(const Graph& graph, const std::vector<Position>& rows)
    : graph_(graph),
      applied_(ancestors(graph, rows)),
      in_ledger_(graph.all().size()),
      applied_above_(graph.all().size()) {
  for (Position p = 0; p < applied_.size(); ++p)
    if (applied_[p])
      for (Position q : graph_.below(p)) ++applied_above_[q];
  for (Position p : rows) {
    in_ledger_[p] = true;
    if (applied_above_[p] > 0) implied_rows_.push_back(p);
  }
}

HeadChange LedgerHeads::add(Position p) {
  std::vector<Position> gone;
  for (Position q : graph_.below(p)) {
    ++applied_above_[q];
    if (in_ledger_[q]) gone.push_back(q);
  }
  applied_[p] = true;
  return change(std::move(gone), {p});
}

HeadChange LedgerHeads::remove(Position p) {
  std::vector<Position> come;
  for (Position q : graph_.below(p))
    if (--applied_above_[q] == 0) come.push_back(q);
  applied_[p] = false;
  return change({p}, come);
}

HeadChange LedgerHeads::change(std::vector<Position> gone, const std::vector<Position>& come) {
  for (Position p : implied_rows_)  // unless it has just become a head, and may stay
    if (std::find(gone.begin(), gone.end(), p) == gone.end() && std::find(come.begin(), come.end(), p) == come.end())
      gone.push_back(p);
  implied_rows_.clear();
  HeadChange result;
  std::size_t next = 0;
  for (Position p : come) {
    if (in_ledger_[p]) continue;
    in_ledger_[p] = true;
    if (next < gone.size()) {
      result.update.emplace_back(graph_.at(gone[next++]).id, graph_.at(p).id);
    } else {
      result.insert.push_back(graph_.at(p).id);
    }
  }
  for (; next < gone.size(); ++next) result.erase.push_back(graph_.at(gone[next]).id);
  for (Position p : gone) in_ledger_[p] = false;
  return result;
}

std::vector<std::string> LedgerHeads::heads() const {
  std::vector<std::string> result;
  for (Position p : graph_.order())
    if (applied_[p] && applied_above_[p] == 0) result.push_back(graph_.at(p).id);
  return result;
}

}  // namespace revisions
