#include "operator/gate/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <vector>

#include "operator/gate/run_history.h"

namespace gate {
namespace {

using Labels = std::map<std::string, std::string>;
using Seconds = std::chrono::duration<double>;

const prometheus::Histogram::BucketBoundaries& call_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return buckets;
}

const prometheus::Histogram::BucketBoundaries& run_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14400};
  return buckets;
}

prometheus::Family<prometheus::Gauge>& gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Histogram>& histogram(prometheus::Registry& registry, const char* name,
                                                     const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

std::string word(runtime::LookResult result) {
  switch (result) {
    case runtime::LookResult::kDone:
      return "done";
    case runtime::LookResult::kRetry:
      return "retry";
    case runtime::LookResult::kFailed:
      return "failed";
    case runtime::LookResult::kBug:
      return "bug";
  }
  return "";
}

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry{};
  prometheus::Family<prometheus::Histogram>& calls = histogram(registry, "sluice_operator_api_request_duration_seconds",
                                                               "Calls to the API server (code 0: no answer).");
  prometheus::Family<prometheus::Histogram>& looks =
      histogram(registry, "sluice_operator_reconcile_duration_seconds", "Looks at one DatabaseMigration.");
  prometheus::Family<prometheus::Histogram>& gates =
      histogram(registry, "sluice_operator_gate_request_duration_seconds", "Requests at the roll-out gates.");
  prometheus::Gauge& depth =
      gauge(registry, "sluice_operator_queue_depth", "DatabaseMigrations that wait for a look.").Add({});
  prometheus::Gauge& leader =
      gauge(registry, "sluice_operator_leader", "1 where this replica holds the lease.").Add({});
  prometheus::Family<prometheus::Gauge>& stale =
      gauge(registry, "sluice_operator_stale_watches", "Watches not heard of for 90 s, by namespace (empty: all).");
  prometheus::Family<prometheus::Counter>& runs = prometheus::BuildCounter()
                                                      .Name("sluice_migration_runs_total")
                                                      .Help("Runs that ended, by their reason.")
                                                      .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      histogram(registry, "sluice_migration_run_duration_seconds", "How long runs took, by their reason.");

  /// What /metrics shows of one resource. Gauges are made of it only when asked: a thousand resources would else keep
  /// four thousand of them.
  struct Shown {
    double pending = 0, ready = 0, last_success = 0, backup_size = 0;
    std::map<std::string, prometheus::Counter*> runs = {};  // by reason
    std::vector<std::string> counted = {};                  // jobs in status.history
  };
  std::mutex mutex = {};
  std::map<kube::ObjectName, Shown> shown = {};

  void count(Shown& entry, const Labels& labels, const EndedRun& run) {
    Labels with_reason = labels;
    with_reason["reason"] = run.reason;
    prometheus::Counter& counter = runs.Add(with_reason);
    counter.Increment();
    entry.runs[run.reason] = &counter;
    durations.Add({{"reason", run.reason}}, run_buckets()).Observe(Seconds(run.ended - run.started).count());
  }

  prometheus::MetricFamily family(const char* name, const char* help, double Shown::*value) const {
    prometheus::MetricFamily made{name, help, prometheus::MetricType::Gauge, {}};
    for (const auto& [resource, entry] : shown) {
      prometheus::ClientMetric metric;
      metric.label = {{"namespace", resource.namespace_name}, {"name", resource.name}};
      metric.gauge.value = entry.*value;
      made.metric.push_back(std::move(metric));
    }
    return made;
  }

  std::vector<prometheus::MetricFamily> resources() {
    const std::lock_guard<std::mutex> hold(mutex);
    return {family("sluice_migration_pending", "Revisions not yet applied.", &Shown::pending),
            family("sluice_migration_ready", "1 where the condition Ready is True.", &Shown::ready),
            family("sluice_migration_last_success_timestamp_seconds", "When the last successful run ended.",
                   &Shown::last_success),
            family("sluice_migration_backup_size_bytes", "Size of the last backup.", &Shown::backup_size)};
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::call(const kube::Call& call) {
  impl_->calls
      .Add({{"verb", call.verb}, {"resource", call.plural}, {"code", std::to_string(call.status)}}, call_buckets())
      .Observe(Seconds(call.took).count());
}

void Metrics::look(runtime::LookResult result, std::chrono::steady_clock::duration took) {
  impl_->looks.Add({{"result", word(result)}}, call_buckets()).Observe(Seconds(took).count());
}

void Metrics::migration(const kube::Object& object) {
  const kube::ObjectName name = kube::name_of(object);
  const Labels labels{{"namespace", name.namespace_name}, {"name", name.name}};
  const std::lock_guard<std::mutex> hold(impl_->mutex);
  const auto [found, is_new] = impl_->shown.try_emplace(name);
  Impl::Shown& entry = found->second;
  entry.pending = number_at(object, "/status/pending");
  entry.ready = is_ready(object) ? 1 : 0;
  entry.backup_size = number_at(object, "/status/backup/size");
  std::vector<std::string> jobs;
  for (const EndedRun& run : ended_runs(object)) {
    jobs.push_back(run.job);
    if (run.is_success)
      entry.last_success = std::max(entry.last_success, Seconds(run.ended.time_since_epoch()).count());
    if (!is_new && std::find(entry.counted.begin(), entry.counted.end(), run.job) == entry.counted.end())
      impl_->count(entry, labels, run);
  }
  entry.counted = std::move(jobs);
}

void Metrics::migration_gone(const kube::ObjectName& name) {
  const std::lock_guard<std::mutex> hold(impl_->mutex);
  const auto found = impl_->shown.find(name);
  if (found == impl_->shown.end()) return;
  for (const auto& [reason, counter] : found->second.runs) impl_->runs.Remove(counter);
  impl_->shown.erase(found);
}

void Metrics::gate(int status, std::chrono::steady_clock::duration took) {
  impl_->gates.Add({{"code", std::to_string(status)}}, call_buckets()).Observe(Seconds(took).count());
}

void Metrics::queue_depth(std::size_t depth) { impl_->depth.Set(static_cast<double>(depth)); }

void Metrics::stale_watches(const std::string& namespace_name, std::size_t count) {
  impl_->stale.Add({{"namespace", namespace_name}}).Set(static_cast<double>(count));
}

void Metrics::leading(bool is_leading) { impl_->leader.Set(is_leading ? 1 : 0); }

std::string Metrics::text() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  std::vector<prometheus::MetricFamily> resources = impl_->resources();
  std::move(resources.begin(), resources.end(), std::back_inserter(families));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace gate
