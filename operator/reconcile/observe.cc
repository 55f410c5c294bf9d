#include "operator/reconcile/observe.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "common/report/names.h"
#include "operator/reconcile/dependencies.h"
#include "operator/reconcile/held.h"
#include "operator/reconcile/job.h"
#include "operator/reconcile/own_jobs.h"
#include "operator/reconcile/pods.h"
#include "operator/reconcile/progress.h"
#include "operator/reconcile/read_consumers.h"
#include "operator/reconcile/read_reports.h"

namespace reconcile {
namespace {

using kube::text_at;
using kube::value_at;

constexpr std::chrono::seconds kQuietStart{15};   // a run this young shows no progress (operator-protocol, Trust 5)
constexpr std::chrono::seconds kBetweenLogs{10};  // of one run
constexpr int kMostLogReads = 8;  // and fewer than there are workers: logs that hang must leave one for the others

Observed read_metadata(const kube::Object& migration, Time now) {
  const kube::ObjectName name = kube::name_of(migration);
  Observed seen{.name = name.name, .namespace_name = name.namespace_name, .now = now};
  seen.uid = text_at(migration, "/metadata/uid");
  seen.resource_version = text_at(migration, "/metadata/resourceVersion");
  const kube::Object& generation = value_at(migration, "/metadata/generation");
  seen.generation = generation.is_number_integer() ? generation.get<std::int64_t>() : 0;
  seen.deleting = !text_at(migration, "/metadata/deletionTimestamp").empty();
  seen.retry = kube::annotation_of(migration, report::names::kAnnotationRetry);
  seen.cancel = kube::annotation_of(migration, report::names::kAnnotationCancel);
  seen.approve = kube::annotation_of(migration, report::names::kAnnotationApprove);
  seen.stored = value_at(migration, "/status");
  seen.status = parse_status(seen.stored);
  return seen;
}

/// Of whatever kind; empty: none is.
std::string job_under_way(Status status) {
  const RunStatus* run = under_way(status);
  return run ? run->job : "";
}

/// One of so many that may be had at once.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), is_had_(taken.fetch_add(1) < most) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool is_had() const { return is_had_; }

 private:
  std::atomic<int>& taken_;
  const bool is_had_;
};

}  // namespace

Observer::Observer(kube::Api& api, const runtime::Caches& caches, const Clock& clock, const Settings& settings)
    : api_(api),
      caches_(caches),
      clock_(clock),
      settings_(settings),
      content_(api, caches),
      most_log_reads_(std::clamp(settings.workers - 1, 1, kMostLogReads)) {}

std::optional<Observed> Observer::observe(const kube::ObjectName& name) {
  const std::optional<kube::Object> migration = caches_.migrations.get(name);
  if (!migration) {
    specs_.forget(name);
    content_.forget(name);
    const std::lock_guard<std::mutex> hold(mutex_);
    readings_.erase(name);
    return std::nullopt;
  }
  Observed seen = read_metadata(*migration, std::chrono::floor<std::chrono::seconds>(clock_.now()));
  if (seen.deleting) return seen;
  read_spec(*migration, seen);
  if (seen.problems.empty()) seen.content = content_.read(name, seen.resource.spec.migrations);
  read_jobs(seen);
  const std::string key = runtime::index_key(seen.namespace_name, seen.name);
  seen.reports = read_reports(caches_.reporters.find(runtime::indices::kReports, key));
  seen.dependencies = read_dependencies_of(caches_, name, seen.resource.spec.depends_on);
  // Templates cost five lists: only while somebody waits for them.
  seen.consumers =
      read_consumers(api_, seen.namespace_name, seen.resource.spec.consumers, seen.status.contract_pending > 0);
  seen.contract_quiet = settings_.contract_quiet;
  seen.held = read_held(api_, caches_, name);
  if (settings_.progress_from_logs) read_progress(seen);
  return seen;
}

void Observer::read_spec(const kube::Object& migration, Observed& seen) {
  const kube::ObjectName name{seen.namespace_name, seen.name};
  if (const std::shared_ptr<const ReadSpec> kept = specs_.find(name, seen.uid, seen.generation)) {
    seen.resource = kept->resource;
    seen.problems = kept->problems;
    return;
  }
  spec::Parsed parsed = spec::parse_json(migration);
  seen.resource = std::move(parsed.resource);
  seen.problems = std::move(parsed.problems);
  if (seen.problems.empty()) {
    seen.problems = spec::check_policy(seen.resource.spec, settings_.policy);
    if (spec_for_migrator(seen).size() > kMostSpecBytes) {
      seen.problems.push_back({"spec", "is larger than what a container's environment can hold"});
    }
  }
  // Inline files may be a megabyte, which the cache of resources holds already.
  if (seen.resource.spec.migrations.inline_files.empty()) {
    specs_.keep(name, seen.uid, seen.generation, {seen.resource, seen.problems});
  }
}

ObservedJob Observer::read_with_pods(const kube::Object& job, const Observed& seen) {
  ObservedJob read = read_job(job);
  read.pod = read_pods(caches_.pods.find(runtime::indices::kOwner, read.uid), read.uid);
  if (!seen.resource.spec.migrations.inline_files.empty()) {
    read.has_files = caches_.config_maps.get({seen.namespace_name, inline_name(read.name)}).has_value();
  }
  const bool is_news = read.name == job_under_way(seen.status) && read.state != JobState::kLive;
  if (!is_news || read.pod.exit_code) return read;
  // Jobs and pods come by different watches: the Job's end may be known before its pod's.
  const std::string label = std::string(report::names::kLabelMigration) + "=" + seen.name;
  const kube::List pods =
      api_.list(kube::types::pod(), {.namespace_name = seen.namespace_name, .label_selector = label});
  read.pod = read_pods(pods.items, read.uid);
  return read;
}

void Observer::read_jobs(Observed& seen) {
  const auto add = [&](const kube::Object& job) {
    if (is_controlled_by(job, seen.uid)) seen.jobs.push_back(read_with_pods(job, seen));
  };
  for (const kube::Object& job : caches_.jobs.find(runtime::indices::kOwner, seen.uid)) add(job);
  const std::string started = job_under_way(seen.status);
  if (started.empty()) return;
  const auto is_started = [&](const ObservedJob& each) { return each.name == started; };
  if (std::any_of(seen.jobs.begin(), seen.jobs.end(), is_started)) return;
  // Created a moment ago, or deleted: the cache can't tell.
  const std::optional<kube::Object> job = api_.get(kube::types::job(), {seen.namespace_name, started});
  if (job) add(*job);
}

void Observer::read_progress(Observed& seen) {
  const RunStatus& run = seen.status.run;
  const kube::ObjectName name{seen.namespace_name, seen.name};
  const bool is_due = !run.job.empty() && !run.code && run.started && seen.now - *run.started >= kQuietStart;
  Reading reading;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (!is_due) readings_.erase(name);
    const auto found = readings_.find(name);
    if (found != readings_.end() && found->second.job == run.job) reading = found->second;
  }
  if (!is_due) return;
  seen.progress = reading.progress;
  const std::chrono::steady_clock::time_point now = clock_.steady();
  if (!reading.job.empty() && now - reading.at < kBetweenLogs) return;
  reading.job = run.job;
  reading.at = now;
  for (const ObservedJob& job : seen.jobs) {
    if (job.name != run.job || job.state != JobState::kLive || !job.pod.started) continue;
    read_log(job, reading);
    seen.progress = reading.progress;
    const std::lock_guard<std::mutex> hold(mutex_);
    readings_[name] = reading;
  }
}

void Observer::read_log(const ObservedJob& job, Reading& reading) {
  for (const kube::Object& pod : caches_.pods.find(runtime::indices::kOwner, job.uid)) {
    if (!is_controlled_by(pod, job.uid)) continue;
    const Place place(log_reads_, most_log_reads_);
    if (!place.is_had()) continue;
    const kube::LogOptions options{.container = std::string(report::names::kMigrateContainer)};
    try {
      if (const auto text = api_.log(kube::name_of(pod), options)) reading.progress = progress_in(*text);
    } catch (const Error& error) {
      // Only the progress is lost: whoever cancels the run, say, must not wait for a kubelet that is away.
      if (!reading.has_failed)
        logging::warning("log not read", {{"pod", kube::name_of(pod).name}, {"why", error.what()}});
      reading.has_failed = true;
    }
  }
}

}  // namespace reconcile
