#include "migrator/revisions/graph.h"

#include <algorithm>
#include <functional>
#include <queue>

#include "common/error.h"
#include "migrator/revisions/cycle.h"
#include "migrator/revisions/text.h"

namespace revisions {
namespace {

using Pairs = std::vector<std::pair<Position, Position>>;

Pairs turned_round(const Pairs& pairs) {
  Pairs result;
  result.reserve(pairs.size());
  for (const auto& [from, to] : pairs) result.emplace_back(to, from);
  return result;
}

Marks reach(std::size_t count, std::span<const Position> from, const auto& next) {
  Marks marks(count);
  std::vector<Position> open;
  for (Position p : from) {
    if (!marks[p]) open.push_back(p);
    marks[p] = true;
  }
  while (!open.empty()) {
    const Position p = open.back();
    open.pop_back();
    for (Position q : next(p)) {
      if (marks[q]) continue;
      marks[q] = true;
      open.push_back(q);
    }
  }
  return marks;
}

}  // namespace

Edges::Edges(std::size_t count, const Pairs& pairs) : start_(count + 1), to_(pairs.size()) {
  for (const auto& pair : pairs) ++start_[pair.first + 1];
  for (std::size_t i = 0; i < count; ++i) start_[i + 1] += start_[i];
  std::vector<Position> next(start_.begin(), start_.end() - 1);
  for (const auto& [from, to] : pairs) to_[next[from]++] = to;
}

std::string describe(const Revision& revision) { return revision.id + " (" + revision.up.file + ")"; }

Graph::Graph(std::vector<Revision> all) : revisions_(std::move(all)) {
  std::vector<std::string> problems;
  index_ids(problems);
  join(problems);
  // With two revisions of one id, or a parent that isn't there, an order would be about another graph.
  if (problems.empty()) sort_topologically(problems);
  if (!problems.empty()) throw PermanentError(joined(problems, "\n"), report::ExitCode::kHistoryMismatch);
}

void Graph::index_ids(std::vector<std::string>& problems) {
  by_id_.resize(revisions_.size());
  for (Position p = 0; p < by_id_.size(); ++p) by_id_[p] = p;
  const auto by_id = [this](Position a, Position b) { return revisions_[a].id < revisions_[b].id; };
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), by_id)) std::stable_sort(by_id_.begin(), by_id_.end(), by_id);
  for (std::size_t i = 1; i < by_id_.size(); ++i) {
    const Revision &first = revisions_[by_id_[i - 1]], &second = revisions_[by_id_[i]];
    if (first.id != second.id) continue;
    problems.push_back("revision " + first.id + " is there twice: " + first.up.file + " and " + second.up.file +
                       "; give one of them another id");
  }
  std::vector<std::pair<std::string_view, Position>> labels;
  for (Position p = 0; p < revisions_.size(); ++p)
    for (const std::string& label : revisions_[p].labels) labels.emplace_back(label, p);
  std::sort(labels.begin(), labels.end());
  for (std::size_t i = 1; i < labels.size(); ++i) {
    if (labels[i - 1].first != labels[i].first) continue;
    problems.push_back("branch label " + std::string(labels[i].first) + " is given twice: in " +
                       revisions_[labels[i - 1].second].up.file + " and " + revisions_[labels[i].second].up.file);
  }
}

void Graph::join(std::vector<std::string>& problems) {
  Pairs parents, below;
  const auto look_up = [&](Position child, const std::string& id, const char* relation) -> std::optional<Position> {
    const auto found = position(id);
    if (!found) {
      problems.push_back(revisions_[child].up.file + ": " + relation + " " + id + ", which is not in the folder" +
                         did_you_mean(nearest(id)));
    }
    return found;
  };
  parents.reserve(revisions_.size());
  below.reserve(revisions_.size());
  std::vector<Position> seen;
  for (Position child = 0; child < revisions_.size(); ++child) {
    seen.clear();
    const auto add = [&](Position p) {
      if (std::find(seen.begin(), seen.end(), p) != seen.end()) return false;
      seen.push_back(p);
      below.emplace_back(child, p);
      return true;
    };
    for (const std::string& id : revisions_[child].parents)
      if (const auto p = look_up(child, id, "revises"); p && add(*p)) parents.emplace_back(child, *p);
    for (const std::string& id : revisions_[child].depends_on)
      if (const auto p = look_up(child, id, "depends on")) add(*p);
  }
  parents_ = Edges(revisions_.size(), parents);
  below_ = Edges(revisions_.size(), below);
  children_ = Edges(revisions_.size(), turned_round(parents));
  above_ = Edges(revisions_.size(), turned_round(below));
}

void Graph::sort_topologically(std::vector<std::string>& problems) {
  std::vector<Position> waits_for(revisions_.size());
  std::priority_queue<Position, std::vector<Position>, std::greater<>> ready;
  for (Position p = 0; p < revisions_.size(); ++p) {
    waits_for[p] = static_cast<Position>(below(p).size());
    if (waits_for[p] == 0) ready.push(p);
  }
  order_.reserve(revisions_.size());
  while (!ready.empty()) {
    const Position p = ready.top();
    ready.pop();
    order_.push_back(p);
    for (Position q : above(p))
      if (--waits_for[q] == 0) ready.push(q);
  }
  if (order_.size() == revisions_.size()) return;
  Marks left(revisions_.size(), true);
  for (Position p : order_) left[p] = false;
  for (const auto& cycle : cycles(*this, left)) problems.push_back(describe_cycle(*this, cycle));
}

std::optional<Position> Graph::position(std::string_view id) const {
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), id, [this](Position p, std::string_view wanted) {
    return revisions_[p].id < wanted;
  });
  if (found == by_id_.end() || revisions_[*found].id != id) return std::nullopt;
  return *found;
}

const Revision* Graph::find(std::string_view id) const {
  const auto p = position(id);
  return p ? &revisions_[*p] : nullptr;
}

std::vector<std::string> Graph::starting_with(std::string_view prefix) const {
  auto it = std::lower_bound(by_id_.begin(), by_id_.end(), prefix,
                             [this](Position p, std::string_view wanted) { return revisions_[p].id < wanted; });
  std::vector<std::string> result;
  for (; it != by_id_.end() && revisions_[*it].id.starts_with(prefix); ++it) result.push_back(revisions_[*it].id);
  return result;
}

std::vector<std::string> Graph::nearest(std::string_view id) const {
  std::vector<std::string_view> known;
  known.reserve(by_id_.size());
  for (Position p : by_id_) known.push_back(revisions_[p].id);
  return nearest_of(id, known);
}

std::vector<std::string> Graph::heads() const {
  std::vector<std::string> result;
  for (Position p : order_)
    if (children_of(p).empty()) result.push_back(revisions_[p].id);
  return result;
}

std::vector<std::string> Graph::roots() const {
  std::vector<std::string> result;
  for (Position p : order_)
    if (parents_of(p).empty()) result.push_back(revisions_[p].id);
  return result;
}

std::vector<std::string> Graph::children(std::string_view id) const {
  std::vector<std::string> result;
  if (const auto p = position(id))
    for (Position child : children_of(*p)) result.push_back(revisions_[child].id);
  return result;
}

std::set<std::string> Graph::ancestors_and_self(const std::vector<std::string>& ids) const {
  std::vector<Position> from;
  for (const std::string& id : ids)
    if (const auto p = position(id)) from.push_back(*p);
  const Marks marks = ancestors(*this, from);
  std::set<std::string> result;
  for (Position p : by_id_)
    if (marks[p]) result.insert(result.end(), revisions_[p].id);
  return result;
}

std::vector<std::string> Graph::effective_heads(const std::vector<std::string>& ids) const {
  std::vector<Position> under;
  for (const std::string& id : ids)
    if (const auto p = position(id)) under.insert(under.end(), below(*p).begin(), below(*p).end());
  const Marks implied = ancestors(*this, under);
  std::vector<std::string> result;
  for (const std::string& id : ids) {
    const auto p = position(id);
    if ((!p || !implied[*p]) && std::find(result.begin(), result.end(), id) == result.end()) result.push_back(id);
  }
  return result;
}

std::vector<std::string> Graph::topological() const {
  std::vector<std::string> result;
  result.reserve(order_.size());
  for (Position p : order_) result.push_back(revisions_[p].id);
  return result;
}

std::optional<Position> Graph::labelled(std::string_view label) const {
  for (Position p = 0; p < revisions_.size(); ++p) {
    const auto& labels = revisions_[p].labels;
    if (std::find(labels.begin(), labels.end(), label) != labels.end()) return p;
  }
  return std::nullopt;
}

std::set<std::string> Graph::branch(std::string_view label) const {
  std::set<std::string> result;
  const auto start = labelled(label);
  if (!start) return result;
  const Marks marks = descendants(*this, std::span(&*start, 1), Follow::kParents);
  for (Position p : by_id_)
    if (marks[p]) result.insert(result.end(), revisions_[p].id);
  return result;
}

Marks ancestors(const Graph& graph, std::span<const Position> from, Follow follow) {
  if (follow == Follow::kParents)
    return reach(graph.all().size(), from, [&](Position p) { return graph.parents_of(p); });
  return reach(graph.all().size(), from, [&](Position p) { return graph.below(p); });
}

Marks descendants(const Graph& graph, std::span<const Position> from, Follow follow) {
  if (follow == Follow::kParents)
    return reach(graph.all().size(), from, [&](Position p) { return graph.children_of(p); });
  return reach(graph.all().size(), from, [&](Position p) { return graph.above(p); });
}

}  // namespace revisions
