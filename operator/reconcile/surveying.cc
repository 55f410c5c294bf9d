#include "operator/reconcile/surveying.h"

#include <algorithm>

#include "operator/reconcile/revisions.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr seconds kDebounce{5};

bool asks_for_more(const Observed& seen, const Status& status) {
  const std::vector<std::string> ids = questions_of(seen);
  const bool knows_all = std::all_of(ids.begin(), ids.end(), [&](const auto& id) { return answer_about(status, id); });
  if (!knows_all) return true;
  return !seen.contradiction.empty() && (!status.survey || status.survey->contradiction != seen.contradiction);
}

Time last_end(const Status& status) {
  Time last = status.run.finished.value_or(Time{});
  for (const auto* each : {&status.contract, &status.survey}) {
    if (*each && (*each)->finished) last = std::max(last, *(*each)->finished);
  }
  return last;
}

bool has_failed(const Status& status) {
  return status.survey && status.survey->code && outcome_of(*status.survey) != Outcome::kSucceeded;
}

}  // namespace

std::optional<seconds> survey_due_in(const Observed& seen, const Status& status) {
  if (seen.resource.spec.suspend || !asks_for_more(seen, status)) return std::nullopt;
  const seconds delay = has_failed(status)
                            ? backoff_after(std::max(1, status.survey->failures), seen.resource.spec.retry.backoff)
                            : kDebounce;
  return std::max(seconds{0}, last_end(status) + delay - seen.now);
}

RunStatus survey_run(const Observed& seen, const Status& status) {
  RunStatus run{.kind = Kind::kSurvey, .contradiction = seen.contradiction};
  run.questions = questions_of(seen);
  if (has_failed(status)) run.failures = status.survey->failures;
  return run;
}

bool survey_contradicts(const Status& status) {
  if (!status.survey || !status.survey->code || status.survey->attempt < status.run.attempt) return false;
  if (status.survey->inputs != status.run.inputs) return false;
  if (status.survey->code == static_cast<int>(report::ExitCode::kHistoryMismatch)) return true;
  return status.survey->code == 0 && status.pending.value_or(0) > 0;
}

}  // namespace reconcile
