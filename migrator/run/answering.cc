// What a run says of the revisions that running code names: who plans a roll-out has no graph of its own.
#include <algorithm>

#include "common/error.h"
#include "migrator/revisions/answers.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

using report::Answer;

constexpr std::size_t kShownHash = 16;

/// A tool's ledger names only heads: what else it applied isn't known.
std::string answers_of_tool(const Context& run) {
  std::string all;
  for (const std::string& id : run.request.questions) {
    const auto& heads = run.result.heads;
    const bool is_head = std::find(heads.begin(), heads.end(), id) != heads.end();
    all += static_cast<char>(is_head ? Answer::kReady : Answer::kUnknown);
  }
  return all;
}

std::string answers_at(const Context& run, const std::vector<std::string>& rows) {
  if (run.is_tool_mode()) return answers_of_tool(run);
  return revisions::answers(*run.files.graph, rows, run.request.spec.target, run.request.questions);
}

bool is_expand(const Request& request) { return request.spec.phase == spec::Phase::kExpand && !request.downgrade; }

void tell_contract(Context& run) {
  const revisions::Graph& graph = *run.files.graph;
  const std::string& target = run.request.spec.target;
  const auto held = plan_upgrade(graph, run.result.heads, target, revisions::PhaseLimit::kExpand).held_back;
  run.result.contract_pending = static_cast<int>(held.size());
  if (held.empty()) return;
  run.result.contract_plan = plan_hash(run.result.heads, plan_upgrade(graph, run.result.heads, target));
  run.result.contract_plan.resize(kShownHash);
}

}  // namespace

bool wants_answers(const Request& request) { return !request.questions.empty() || is_expand(request); }

void answer(Context& run) {
  if (!run.heads_are_known || !wants_answers(run.request) || (!run.files.graph && !run.is_tool_mode())) return;
  try {
    run.result.answers = answers_at(run, run.result.heads);
    if (run.files.graph && is_expand(run.request) && !spec::is_relative(run.request.spec.target)) tell_contract(run);
  } catch (const Error&) {
    // Files and database disagree: the run has said so itself.
  }
}

void refuse_other_answers(Context& run) {
  if (run.request.expect_answers.empty()) return;
  const std::string now = answers_at(run, run.rows);
  if (now == run.request.expect_answers) return;
  run.result.reason = "OldCodeRunning";
  throw PermanentError(
      "the database isn't where it was when the running code was counted: nothing was done, count it again",
      report::ExitCode::kRefused);
}

report::Result survey(const Request& request, const postgres::Target& target, const Clock& clock) {
  class NoEvents final : public report::EventSink {
   public:
    void emit(std::string_view, const nlohmann::json&) override {}
  } nowhere;
  const std::function<bool()> never = [] { return false; };
  Context run(request, target, nowhere, clock, never);
  try {
    if (!run.is_tool_mode()) run.files = read_files(request);
    run.result.digest = run.files.digest;
    postgres::Session session = postgres::Session::open(target, {.lock_timeout = postgres::kLookLockTimeout});
    run.facts.dialect = session.dialect();
    read_history(run, session);
    if (run.files.graph) {
      check_history(run, session);
      make_plan(run);
    }
    run.result.code = report::ExitCode::kDone;
    run.result.message = "looked at; nothing was changed";
  } catch (const Error& error) {
    run.result.code = error.code;
    run.result.message = error.what();
  } catch (const std::exception& error) {
    run.result.message = std::string("internal error: ") + error.what();
  }
  answer(run);
  run.result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - run.started).count();
  return run.result;
}

}  // namespace run
