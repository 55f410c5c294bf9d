#include "operator/reconcile/surveying.h"

#include <algorithm>

#include "operator/reconcile/reports.h"
#include "operator/reconcile/revisions.h"
#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

using std::chrono::seconds;

constexpr seconds kDebounce{5};

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

bool asks_for_more(const Observed& seen, const Status& status) {
  const std::vector<std::string> ids = questions_of(seen);
  const bool knows_all = std::all_of(ids.begin(), ids.end(), [&](const auto& id) { return answer_about(status, id); });
  return !knows_all || has_new_report(status) || (has_failed(status) && has_open_report(status));
}

}  // namespace

seconds until_next_look(const Observed& seen, const Status& status) {
  return std::max(seconds{0}, last_end(status) + kDebounce - seen.now);
}

std::optional<seconds> survey_due_in(const Observed& seen, const Status& status) {
  if (seen.resource.spec.suspend || !asks_for_more(seen, status)) return std::nullopt;
  if (!has_failed(status)) return until_next_look(seen, status);
  const seconds delay = backoff_after(std::max(1, status.survey->failures), seen.resource.spec.retry.backoff);
  return std::max(seconds{0}, last_end(status) + delay - seen.now);
}

RunStatus survey_run(const Observed& seen, const Status& status) {
  RunStatus run{.kind = Kind::kSurvey};
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
