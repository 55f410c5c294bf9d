#include "migrator/revisions/answers.h"

#include <algorithm>
#include <optional>

#include "common/error.h"
#include "migrator/revisions/target.h"

namespace revisions {
namespace {

using report::Answer;

std::optional<Position> find(const Graph& graph, const std::string& id) {
  if (const auto exact = graph.position(id)) return exact;
  if (id == "head" || id == "heads" || id == "base") return std::nullopt;
  try {
    const Target target = parse_target(graph, id);
    if (target.steps || !target.label.empty()) return std::nullopt;
    const std::vector<Position> found = named(graph, target);
    if (found.size() == 1) return found.front();
  } catch (const PermanentError&) {
    // Unknown, or several.
  }
  return std::nullopt;
}

/// The contract steps still to do, and all that builds on them.
struct Contract {
  Marks reached = {};
  std::vector<Position> built_on = {};  // parents outside `reached`
};

Contract contract_of(const Graph& graph, const Marks& applied, const Marks& wanted) {
  std::vector<Position> steps;
  for (Position p = 0; p < graph.all().size(); ++p) {
    if (wanted[p] && !applied[p] && graph.at(p).phase == Phase::kContract) steps.push_back(p);
  }
  Contract contract{.reached = descendants(graph, steps)};
  for (Position p = 0; p < graph.all().size(); ++p) {
    if (!wanted[p] || !contract.reached[p]) continue;
    for (Position parent : graph.parents_of(p)) {
      if (!contract.reached[parent]) contract.built_on.push_back(parent);
    }
  }
  return contract;
}

Answer answer_about(const Graph& graph, Position p, const Marks& applied, const Contract& contract) {
  if (!applied[p] && !contract.reached[p]) return Answer::kAway;
  const Marks known = ancestors(graph, std::vector<Position>{p});
  const bool knows_all =
      std::all_of(contract.built_on.begin(), contract.built_on.end(), [&](Position each) { return known[each]; });
  if (applied[p]) return knows_all ? Answer::kReady : Answer::kBehind;
  return knows_all ? Answer::kAfter : Answer::kBeyond;
}

}  // namespace

std::string answers(const Graph& graph, const std::vector<std::string>& rows, const std::string& target,
                    const std::vector<std::string>& ids) {
  const std::vector<Position> current = positions_of_rows(graph, rows);
  const Marks applied = ancestors(graph, current);
  const Marks wanted = ancestors(graph, upward(graph, current, parse_target(graph, target)));
  const Contract contract = contract_of(graph, applied, wanted);
  std::string all;
  for (const std::string& id : ids) {
    const std::optional<Position> found = find(graph, id);
    all += static_cast<char>(found ? answer_about(graph, *found, applied, contract) : Answer::kUnknown);
  }
  return all;
}

}  // namespace revisions
