// operator/reconcile/observe.h: takes the snapshot that decide() works on.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "common/clock.h"
#include "operator/kube/api.h"
#include "operator/reconcile/content.h"
#include "operator/reconcile/controller.h"
#include "operator/reconcile/observed.h"
#include "operator/reconcile/specs.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// Thread-safe. What is passed must outlive it.
class Observer {
 public:
  Observer(kube::Api&, const runtime::Caches&, const Clock&, const Settings&);

  /// None: there is no such resource. From the caches; the API server is asked only for ConfigMaps that moved, for the
  /// Job just started that no cache shows, for the pods of one that ended before them, for consumers, and for logs.
  /// A log that can't be read costs only the progress. Throws what Api throws of the others.
  std::optional<Observed> observe(const kube::ObjectName&);

 private:
  void read_spec(const kube::Object&, Observed&);
  void read_jobs(Observed&);
  ObservedJob read_with_pods(const kube::Object& job, const Observed&);
  struct Reading;
  void read_progress(Observed&);
  void read_log(const ObservedJob&, Reading&);

  kube::Api& api_;
  const runtime::Caches& caches_;
  const Clock& clock_;
  const Settings& settings_;
  ContentReader content_;
  Specs specs_;
  const int most_log_reads_;
  std::atomic<int> log_reads_{0};

  /// A status is written at most every 10 s for what a log says, though each write brings the next look
  /// (operator-protocol, Trust 5).
  struct Reading {
    std::string job = {};
    std::chrono::steady_clock::time_point at = {};
    std::optional<Progress> progress = {};
    bool has_failed = false;  // told in our log once a run
  };
  std::mutex mutex_;
  std::map<kube::ObjectName, Reading> readings_;  // of runs under way
};

}  // namespace reconcile
