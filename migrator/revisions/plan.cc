#include "migrator/revisions/plan.h"

#include <algorithm>

#include "common/error.h"
#include "migrator/revisions/ledger_heads.h"
#include "migrator/revisions/target.h"
#include "migrator/revisions/text.h"

namespace revisions {
namespace {

std::vector<Position> effective(const Graph& graph, const LedgerHeads& heads) {
  std::vector<Position> result;
  for (const std::string& id : heads.heads()) result.push_back(*graph.position(id));
  return result;
}

// Contract revisions that are still to do, and whatever builds on them.
Marks held_back_by(const Graph& graph, const Marks& applied, PhaseLimit limit) {
  std::vector<Position> contracts;
  if (limit == PhaseLimit::kExpand)
    for (Position p = 0; p < graph.all().size(); ++p)
      if (graph.at(p).phase == Phase::kContract && !applied[p]) contracts.push_back(p);
  return descendants(graph, contracts);
}

std::string stem(const std::string& file) {
  std::string_view rest = file;
  for (std::string_view suffix : {".sql", ".up"})
    if (rest.ends_with(suffix)) rest.remove_suffix(suffix.size());
  return std::string(rest);
}

// In the order to take them back.
std::vector<Position> to_take_back(const Graph& graph, const LedgerHeads& heads, const Target& target) {
  const Marks unwanted = descendants(graph, downward(graph, effective(graph, heads), target));
  std::vector<Position> down;
  for (auto p = graph.order().rbegin(); p != graph.order().rend(); ++p)
    if (unwanted[*p] && heads.is_applied(*p)) down.push_back(*p);
  return down;
}

void check_can_go_down(const Graph& graph, const std::vector<Position>& down) {
  std::vector<std::string> problems;
  for (Position p : down) {
    const Revision& revision = graph.at(p);
    if (revision.irreversible) {
      problems.push_back(describe(revision) + " can't be taken back: " + *revision.irreversible +
                         "; restore a backup instead (`sluice restore`), or go forward with a new revision");
    } else if (!revision.down) {
      problems.push_back(describe(revision) + " has no down script; write " + stem(revision.up.file) +
                         ".down.sql, or restore a backup instead (`sluice restore`)");
    }
  }
  if (!problems.empty()) throw PermanentError(joined(problems, "\n"), report::ExitCode::kHistoryMismatch);
}

// What builds on a contract revision but isn't one can't wait for the old code to go: the new code needs it.
void check_phases_can_follow(const Graph& graph, const std::vector<Position>& held) {
  constexpr std::size_t kNamed = 5;
  std::vector<std::string> problems;
  for (Position p : held) {
    if (graph.at(p).phase == Phase::kContract) continue;
    const Marks below = ancestors(graph, std::vector<Position>{p});
    const auto contract = std::find_if(held.begin(), held.end(), [&](Position each) {
      return below[each] && graph.at(each).phase == Phase::kContract;
    });
    problems.push_back(describe(graph.at(p)) + " builds on the contract revision " + describe(graph.at(*contract)));
  }
  if (problems.empty()) return;
  const std::size_t more = problems.size() - std::min(problems.size(), kNamed);
  problems.resize(problems.size() - more);
  throw PermanentError("this order can't be run in phases, since contract waits until the old code is gone: " +
                           joined(problems, "; ") + (more == 0 ? "" : "; and " + std::to_string(more) + " more") +
                           ". Put it before the contract revision, mark it `-- phase: contract`, too, or let contract "
                           "run first (`sluice upgrade CONTRACT --phase all`, once no old code runs)",
                       report::ExitCode::kHistoryMismatch);
}

}  // namespace

Plan plan_upgrade(const Graph& graph, const std::vector<std::string>& rows, const std::string& target,
                  PhaseLimit limit) {
  LedgerHeads heads(graph, positions_of_rows(graph, rows));
  const Marks wanted = ancestors(graph, upward(graph, effective(graph, heads), parse_target(graph, target)));
  const Marks held = held_back_by(graph, heads.applied(), limit);
  Plan plan;
  std::vector<Position> waiting;
  for (Position p : graph.order()) {
    if (!wanted[p] || heads.is_applied(p)) continue;
    if (held[p]) {
      waiting.push_back(p);
      plan.held_back.push_back(graph.at(p).id);
    } else {
      plan.steps.push_back({.revision = &graph.at(p), .direction = Direction::kUp, .heads = heads.add(p)});
    }
  }
  check_phases_can_follow(graph, waiting);
  plan.heads_after = heads.heads();
  return plan;
}

Plan plan_downgrade(const Graph& graph, const std::vector<std::string>& rows, const std::string& target) {
  LedgerHeads heads(graph, positions_of_rows(graph, rows));
  const std::vector<Position> down = to_take_back(graph, heads, parse_target(graph, target));
  check_can_go_down(graph, down);
  Plan plan;
  for (Position p : down)
    plan.steps.push_back({.revision = &graph.at(p), .direction = Direction::kDown, .heads = heads.remove(p)});
  plan.heads_after = heads.heads();
  return plan;
}

std::vector<Step> last_steps(const Graph& graph, const std::vector<std::string>& rows,
                             const std::set<std::string>& ids) {
  LedgerHeads heads(graph, positions_of_rows(graph, rows));
  std::vector<Position> given;
  for (const std::string& id : ids)
    if (const auto p = graph.position(id)) given.push_back(*p);
  const Marks above = descendants(graph, given);
  std::vector<Step> steps;
  for (auto p = graph.order().rbegin(); p != graph.order().rend(); ++p) {
    if (!above[*p] || !heads.is_applied(*p)) continue;
    const Revision& revision = graph.at(*p);
    if (ids.count(revision.id) == 0)
      throw PermanentError(describe(revision) + " was applied since and builds on what is to be taken back",
                           report::ExitCode::kNotWentBack);
    const HeadChange down = heads.remove(*p);
    Step step{.revision = &revision, .direction = Direction::kUp};
    step.heads.insert = down.erase;
    step.heads.erase = down.insert;
    for (const auto& [from, to] : down.update) step.heads.update.emplace_back(to, from);
    steps.push_back(step);
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

std::vector<std::string> resolve(const Graph& graph, const std::vector<std::string>& rows, const std::string& target) {
  const Target parsed = parse_target(graph, target);
  std::vector<Position> found;
  if (parsed.steps && parsed.symbol.empty()) {
    LedgerHeads heads(graph, positions_of_rows(graph, rows));
    if (*parsed.steps < 0) {
      for (Position p : to_take_back(graph, heads, parsed)) heads.remove(p);
      return heads.heads();
    }
    found = upward(graph, effective(graph, heads), parsed);
  } else {
    found = upward(graph, {}, parsed);
  }
  std::vector<std::string> ids;
  for (Position p : found) ids.push_back(graph.at(p).id);
  return ids;
}

}  // namespace revisions
