#include "operator/reconcile/own_jobs.h"

#include <algorithm>

namespace reconcile {
namespace {

constexpr std::size_t kKeptJobs = 2;

bool has_begun(const RunStatus& run) { return !run.job.empty() && !run.code; }

}  // namespace

bool is_ours(const Status& status, const ObservedJob& job) {
  if (job.name == status.run.job) return true;
  for (const auto* each : {&status.contract, &status.survey}) {
    if (*each && job.name == (*each)->job) return true;
  }
  return std::any_of(status.history.begin(), status.history.end(),
                     [&](const HistoryEntry& each) { return each.job == job.name; });
}

const ObservedJob* find_job(const Observed& seen, const std::string& name) {
  for (const ObservedJob& each : seen.jobs) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const ObservedJob* live_job(const Observed& seen, const Status& status) {
  for (const ObservedJob& each : seen.jobs) {
    if (each.state == JobState::kLive && is_ours(status, each)) return &each;
  }
  return nullptr;
}

RunStatus* under_way(Status& status) {
  if (has_begun(status.run)) return &status.run;
  for (auto* each : {&status.contract, &status.survey}) {
    if (*each && has_begun(**each)) return &**each;
  }
  return nullptr;
}

int next_attempt(const Observed& seen, const Status& status) {
  int attempt = status.run.attempt;
  for (const auto* each : {&status.contract, &status.survey}) {
    if (*each) attempt = std::max(attempt, (*each)->attempt);
  }
  for (const ObservedJob& each : seen.jobs) attempt = std::max(attempt, each.attempt);
  return attempt + 1;
}

std::vector<const ObservedJob*> old_jobs(const Observed& seen, const Status& status) {
  Status before = seen.status;
  const RunStatus* open = under_way(before);
  std::vector<const ObservedJob*> ended;
  for (const ObservedJob& each : seen.jobs) {
    const bool recorded = !open || each.name != open->job;
    if (each.state != JobState::kLive && !each.deleting && recorded && is_ours(status, each)) ended.push_back(&each);
  }
  std::stable_sort(ended.begin(), ended.end(),
                   [](const ObservedJob* a, const ObservedJob* b) { return a->created > b->created; });
  ended.erase(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(std::min(kKeptJobs, ended.size())));
  return ended;
}

}  // namespace reconcile
