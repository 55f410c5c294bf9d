#include "operator/reconcile/reports.h"

#include <algorithm>

#include "operator/reconcile/verdict.h"

namespace reconcile {
namespace {

bool agrees(const ReportStatus& said, const Status& status) {
  std::vector<std::string> found = status.heads;
  std::sort(found.begin(), found.end());
  return said.reason != kUnreadable && said.heads == found;
}

bool says_the_same(const ReportStatus& a, const ReportStatus& b) {
  return a.uid == b.uid && a.code == b.code && a.reason == b.reason && a.heads == b.heads;
}

}  // namespace

void take_reports(Status& status, const Observed& seen) {
  const std::vector<ReportStatus> before = std::move(status.reports);
  status.reports = seen.reports;
  for (ReportStatus& each : status.reports) {
    const auto same = [&](const ReportStatus& other) { return says_the_same(other, each); };
    const auto was = std::find_if(before.begin(), before.end(), same);
    if (was != before.end()) each.attempt = was->attempt, each.verified = was->verified;
    // A run that failed may have done more than its heads say: that one is looked at.
    const bool is_known = !status.database.empty() && each.code == 0 && agrees(each, status);
    if (!each.verified && is_known) each.verified = true;
  }
}

void ask_about_reports(Status& status, const RunStatus& run) {
  for (ReportStatus& each : status.reports) {
    if (!each.verified) each.attempt = run.attempt;
  }
}

void answer_reports(Status& status, const RunStatus& run) {
  const Outcome outcome = outcome_of(run);
  if (outcome != Outcome::kSucceeded && outcome != Outcome::kFailed) return;
  for (ReportStatus& each : status.reports) {
    if (each.attempt != run.attempt || each.verified) continue;
    each.verified = outcome == Outcome::kSucceeded && agrees(each, status);
  }
}

bool has_new_report(const Status& status) {
  return std::any_of(status.reports.begin(), status.reports.end(),
                     [](const ReportStatus& each) { return !each.verified && each.attempt == 0; });
}

bool has_open_report(const Status& status) {
  return std::any_of(status.reports.begin(), status.reports.end(),
                     [](const ReportStatus& each) { return !each.verified; });
}

std::string reported_failure(const Status& status) {
  for (const ReportStatus& each : status.reports) {
    if (each.code != 0) return "pod " + each.pod + " reported " + each.reason + " (" + std::to_string(each.code) + ")";
  }
  return {};
}

}  // namespace reconcile
