#include "tests/operator/reconcile/story.h"

#include <algorithm>
#include <stdexcept>

namespace story {

Observed unseen() {
  Observed seen{.name = "shop", .namespace_name = "prod", .uid = "uid-1", .resource_version = "1", .generation = 1};
  seen.resource.name = "shop";
  seen.resource.spec.database.url_from = spec::SecretKeyRef{.name = "db", .key = "url"};
  seen.resource.spec.migrations.config_maps = {"files"};
  seen.content.digest = "d1";
  seen.now = *reconcile::parse_time("2026-01-31T12:00:00Z");
  return seen;
}

report::Result result(int code, std::vector<std::string> heads) {
  return {.code = static_cast<report::ExitCode>(code), .run = "r1", .target = "heads", .heads = std::move(heads)};
}

report::Result found(int pending, std::vector<std::string> heads) {
  report::Result said = result(0, std::move(heads));
  said.pending = pending;
  return said;
}

reconcile::ReportStatus report_of(const std::string& pod, int code, std::vector<std::string> heads) {
  return {.pod = pod,
          .uid = "uid-" + pod,
          .code = code,
          .reason = std::string(report::reason(static_cast<report::ExitCode>(code))),
          .heads = std::move(heads)};
}

Decision Story::look() {
  const Decision decision = reconcile::decide(seen);
  if (decision.status) seen.status = *decision.status;
  if (decision.start) {
    const std::string& name = decision.start->job;
    const auto same = [&](const ObservedJob& each) { return each.name == name; };
    if (std::none_of(seen.jobs.begin(), seen.jobs.end(), same)) {
      seen.jobs.push_back({.name = name,
                           .uid = "job-" + std::to_string(decision.start->attempt),
                           .attempt = decision.start->attempt,
                           .created = seen.now});
      expected_[name] = decision.start->expected_digest;
    }
  }
  for (const reconcile::DeleteJob& gone : decision.remove) {
    const auto is_it = [&](const ObservedJob& each) { return each.uid == gone.uid; };
    // In the foreground: the Job goes after its pod, which has ten minutes.
    for (ObservedJob& each : seen.jobs) {
      each.deleting = each.deleting || (is_it(each) && each.state == JobState::kLive && each.pod.started);
    }
    std::erase_if(seen.jobs, [&](const ObservedJob& each) { return is_it(each) && !each.deleting; });
  }
  return decision;
}

bool Story::has_live() const {
  return std::any_of(seen.jobs.begin(), seen.jobs.end(),
                     [](const ObservedJob& each) { return each.state == JobState::kLive; });
}

ObservedJob& Story::live() {
  for (ObservedJob& each : seen.jobs) {
    if (each.state == JobState::kLive) return each;
  }
  throw std::logic_error("no Job is live");
}

void Story::runs() { live().pod.present = live().pod.started = true; }

report::Result Story::with_digest(const ObservedJob& job, report::Result said) const {
  const auto told = expected_.find(job.name);
  const bool is_good = said.code == report::ExitCode::kDone;
  if (is_good && said.digest.empty() && told != expected_.end()) said.digest = told->second;
  return said;
}

Decision Story::ends(const report::Result& said) {
  ObservedJob& job = live();
  job.pod.present = job.pod.started = true;
  job.pod.exit_code = static_cast<int>(said.code);
  job.pod.result = with_digest(job, said);
  job.state = said.code == report::ExitCode::kDone ? JobState::kComplete : JobState::kFailed;
  job.finished = seen.now;
  return look();
}

Decision Story::ends(int code) { return ends(result(code)); }

Decision Story::ends_silently(int exit_code) {
  ObservedJob& job = live();
  job.pod.present = job.pod.started = true;
  job.pod.exit_code = exit_code;
  job.state = exit_code == 0 ? JobState::kComplete : JobState::kFailed;
  job.finished = seen.now;
  return look();
}

Decision Story::pod_ends(const report::Result& said) {
  ObservedJob& job = live();
  job.pod.exit_code = static_cast<int>(said.code);
  job.pod.result = with_digest(job, said);
  return look();
}

Decision Story::job_goes() {
  std::erase_if(seen.jobs, [](const ObservedJob& each) { return each.deleting; });
  return look();
}

void Story::later(std::chrono::seconds passed) { seen.now += passed; }

Story Story::done() {
  Story story;
  story.look();
  story.ends(0);
  return story;
}

std::string Story::condition(const std::string& type) const {
  const reconcile::Condition* found = reconcile::find(seen.status.conditions, type);
  return found ? found->status + "/" + found->reason : "-";
}

std::string Story::state() const {
  std::string text;
  for (const char* type : {"Ready", "Reconciling", "Stalled"}) {
    const reconcile::Condition* found = reconcile::find(seen.status.conditions, type);
    text += (found ? found->status : "-") + "/";
  }
  const reconcile::Condition* ready = reconcile::find(seen.status.conditions, "Ready");
  return text + (ready ? ready->reason : "-");
}

}  // namespace story
