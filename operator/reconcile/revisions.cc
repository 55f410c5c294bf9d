#include "operator/reconcile/revisions.h"

#include <algorithm>
#include <set>

#include "common/report/names.h"

namespace reconcile {
namespace {

using report::Answer;

bool is_known_answer(char letter) { return std::string("?-+cCD").find(letter) != std::string::npos; }

/// It ended before it changed anything: what was answered before still holds.
bool left_all_as_it_was(const RunStatus& run) {
  using report::ExitCode;
  const int code = run.code.value_or(static_cast<int>(ExitCode::kInternal));
  const ExitCode harmless[] = {ExitCode::kUsage,   ExitCode::kNotNow,       ExitCode::kNotAllowed,
                               ExitCode::kRefused, ExitCode::kBackupFailed, ExitCode::kCheckBeforeFailed};
  return is_look(run) || run.kind == Kind::kPlan ||
         std::any_of(std::begin(harmless), std::end(harmless),
                     [&](ExitCode each) { return static_cast<int>(each) == code; });
}

}  // namespace

Claim claim_of(const ObservedConsumer& consumer, const Observed& seen) {
  const std::string name(report::names::kAnnotationRequires);
  if (!consumer.annotation) return {.problem = "has no annotation " + name};
  const spec::Requirements read = spec::parse_requires(*consumer.annotation);
  if (!read.problem.empty()) return {.problem = "its annotation " + name + " can't be read: " + read.problem};
  for (const spec::Requirement& each : read.entries) {
    const bool is_near = each.namespace_name.empty() || each.namespace_name == seen.namespace_name;
    if (is_near && each.name == seen.name) return {.range = each};
  }
  return {.problem = "its annotation " + name + " doesn't name " + seen.name};
}

std::vector<std::string> questions_of(const Observed& seen) {
  std::set<std::string> ids;
  for (const ObservedConsumer& each : seen.consumers.all) {
    const Claim claim = claim_of(each, seen);
    if (!claim.problem.empty()) continue;
    for (const std::string& id : {claim.range.at_least, claim.range.before}) {
      if (!id.empty()) ids.insert(id);
    }
  }
  std::vector<std::string> list(ids.begin(), ids.end());
  if (list.size() > report::kMostQuestions) list.resize(report::kMostQuestions);
  return list;
}

void take_answers(Status& status, const RunStatus& run, const std::string& answers) {
  const bool fits =
      answers.size() == run.questions.size() && std::all_of(answers.begin(), answers.end(), is_known_answer);
  if (!fits || (answers.empty() && run.code != 0)) {
    if (!left_all_as_it_was(run)) status.revisions.clear();
    return;
  }
  const std::vector<RevisionStatus> before = std::move(status.revisions);
  status.revisions.clear();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    RevisionStatus now{.id = run.questions[i], .answer = static_cast<Answer>(answers[i])};
    const auto was = std::find_if(before.begin(), before.end(), [&](const auto& each) { return each.id == now.id; });
    if (was != before.end() && !report::is_applied(now.answer)) {
      now.taken_back = was->taken_back || report::is_applied(was->answer);
    }
    status.revisions.push_back(now);
  }
}

}  // namespace reconcile
