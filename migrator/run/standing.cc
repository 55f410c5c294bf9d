#include "migrator/run/standing.h"

#include <algorithm>
#include <map>
#include <optional>

#include "common/error.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

bool knows_all(const Files& files, const std::vector<std::string>& rows) {
  return files.graph && std::all_of(rows.begin(), rows.end(),
                                    [&](const std::string& row) { return files.graph->find(row) != nullptr; });
}

/// What each revision stands on, as the journal has it; none: the role may not read the journal.
std::optional<std::map<std::string, std::vector<std::string>>> read_ancestry(Context& run, postgres::Session& session,
                                                                             const std::vector<std::string>& rows) {
  std::map<std::string, std::vector<std::string>> recorded;
  try {
    if (run.journal.find(session, rows)) recorded = run.journal.ancestry(session);
  } catch (const TransientError& error) {
    if (error.code != report::ExitCode::kNotAllowed) throw;
    return std::nullopt;
  }
  return recorded;
}

}  // namespace

Standing::Answer Standing::has(const std::string& id) const {
  if (applied.count(id) != 0) return Answer::kYes;
  return unknown.empty() ? Answer::kNo : Answer::kCannotTell;
}

Standing read_standing(Context& run, postgres::Session& session) {
  Standing standing;
  standing.rows = run.ledger->read(session).value_or(std::vector<std::string>());
  std::map<std::string, std::vector<std::string>> recorded;
  if (!standing.rows.empty() && !knows_all(run.files, standing.rows)) {
    const auto read = read_ancestry(run, session, standing.rows);
    standing.may_read_journal = read.has_value();
    recorded = read.value_or(recorded);
  }
  std::vector<std::string> open = standing.rows;
  while (!open.empty()) {
    const std::string id = open.back();
    open.pop_back();
    if (!standing.applied.insert(id).second) continue;
    const revisions::Revision* file = run.files.graph ? run.files.graph->find(id) : nullptr;
    const auto row = recorded.find(id);
    if (file == nullptr && row == recorded.end()) {
      standing.unknown.push_back(id);
      continue;
    }
    const std::vector<std::string> ids = file != nullptr ? below(*file) : row->second;
    open.insert(open.end(), ids.begin(), ids.end());
  }
  return standing;
}

std::vector<std::string> wanted(const revisions::Graph& graph, const std::string& target, spec::Phase phase) {
  if (graph.find(target) != nullptr) return {target};
  const auto limit = phase == spec::Phase::kExpand ? revisions::PhaseLimit::kExpand : revisions::PhaseLimit::kAll;
  return revisions::plan_upgrade(graph, {}, target, limit).heads_after;
}

bool is_ahead(Context& run, postgres::Session& session) {
  if (!run.files.graph || spec::is_relative(run.request.spec.target)) return false;
  const Standing standing = read_standing(run, session);
  if (knows_all(run.files, standing.rows)) return false;
  for (const std::string& id : wanted(*run.files.graph, run.request.spec.target, run.request.spec.phase)) {
    if (standing.has(id) != Standing::Answer::kYes) return false;
  }
  run.result.heads = standing.rows;
  return true;
}

}  // namespace run
