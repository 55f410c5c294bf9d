#include <algorithm>

#include "common/error.h"
#include "common/report/digest.h"
#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

constexpr std::size_t kShortestApproval = 12;  // characters of the hash that name a plan

nlohmann::json step_list(const Context& run) {
  constexpr std::size_t kListed = 50;  // the event is one line; `sluice plan` lists all
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < std::min(kListed, run.plan.steps.size()); ++i) {
    list.push_back(run.plan.steps[i].revision->id);
  }
  return list;
}

/// `transaction: all`: what one transaction around everything can't hold.
void refuse_together(const revisions::Script& script, const postgres::Shape& shape, bool is_half_done) {
  if (shape.transactional && !shape.has_characteristics) return;
  const std::string what = is_half_done           ? " is half done, and goes on outside of a transaction"
                           : !shape.transactional ? " can't run in a transaction"
                                                  : " wants an isolation level for a transaction of its own";
  throw PermanentError(script.file + what +
                           ", but `transaction: all` wants one around everything: use `each`, or apply this revision "
                           "in a run of its own",
                       report::ExitCode::kUsage);
}

void examine_all(Context& run) {
  run.shapes.clear();
  for (const revisions::Step& step : run.plan.steps) {
    const revisions::Revision& one = *step.revision;
    run.shapes.push_back(shape_of(run, step));
    run.result.destructive = run.result.destructive || run.shapes.back().destructive;
    for (const std::string& warning : run.shapes.back().warnings) {
      run.emit(report::events::kWarning, {{"revision", one.id}, {"file", script_of(step).file}, {"message", warning}});
    }
    if (run.request.spec.apply.transaction == spec::TransactionScope::kAll) {
      refuse_together(script_of(step), run.shapes.back(), already_applied(run, step) > 0);
    }
  }
}

bool is_approved(const std::string& approved, const std::string& hash) {
  return approved.size() >= std::min(kShortestApproval, hash.size()) && hash.starts_with(approved);
}

}  // namespace

std::string plan_hash(std::vector<std::string> rows, const revisions::Plan& plan) {
  std::sort(rows.begin(), rows.end());
  std::string all;
  for (const std::string& row : rows) all += "at " + row + "\n";
  for (const revisions::Step& step : plan.steps) {
    all += std::string(direction_word(step)) + " " + step.revision->id + " " + script_of(step).sha256 + "\n";
  }
  return report::sha256_hex(all);
}

void make_plan(Context& run) {
  const revisions::Graph& graph = *run.files.graph;
  const spec::DatabaseMigrationSpec& spec = run.request.spec;
  const auto limit = spec.phase == spec::Phase::kExpand ? revisions::PhaseLimit::kExpand : revisions::PhaseLimit::kAll;
  run.plan = run.request.downgrade ? revisions::plan_downgrade(graph, run.rows, spec.target)
                                   : revisions::plan_upgrade(graph, run.rows, spec.target, limit);
  examine_all(run);
  run.result.pending = static_cast<int>(run.plan.steps.size());
  run.result.contract_pending = static_cast<int>(run.plan.held_back.size());
  run.result.plan_hash = plan_hash(run.rows, run.plan);
  run.emit(report::events::kPlanned, {{"target", spec.target},
                                      {"direction", run.request.downgrade ? "down" : "up"},
                                      {"steps", step_list(run)},
                                      {"pending", run.result.pending},
                                      {"held_back", run.result.contract_pending},
                                      {"destructive", run.result.destructive},
                                      {"plan_hash", run.result.plan_hash}});
}

void ask_approval(const Context& run) {
  const Request& request = run.request;
  const std::string& hash = run.result.plan_hash;
  const auto refuse = [](const std::string& message) { throw PermanentError(message, report::ExitCode::kRefused); };
  if (!request.approved_plan.empty() && !is_approved(request.approved_plan, hash)) {
    refuse("the plan is " + hash + ", not the approved " + request.approved_plan);
  }
  if (!request.approved_plan.empty() || request.assume_yes) return;
  const spec::Approval approval = request.spec.approval;
  if (approval == spec::Approval::kAlways) refuse("this plan needs approval: " + hash);
  if (approval == spec::Approval::kDestructive && run.result.destructive) {
    refuse("this plan destroys data and needs approval: " + hash);
  }
  if (!request.downgrade) return;
  if (run.plan.heads_after.empty()) refuse("going down to base undoes every revision: say --yes");
  if (run.result.destructive) refuse("this downgrade loses data: say --yes");
}

}  // namespace run
