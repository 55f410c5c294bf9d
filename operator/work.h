// operator/work.h: what only the leader does: look at resources and act.
#pragma once
#include <mutex>
#include <thread>

#include "common/clock.h"
#include "operator/flags.h"
#include "operator/gate/metrics.h"
#include "operator/kube/api.h"
#include "operator/runtime/informers.h"

class Work {
 public:
  /// What is passed must outlive it.
  Work(const Flags&, kube::Api&, const runtime::Caches&, const runtime::Informers&, const Clock&, runtime::Queues,
       gate::Metrics&);

  /// Begins as soon as the caches are complete, or after ten seconds with the namespaces whose caches are: a resource
  /// is looked at only where they are. Called at most once; returns at once; nothing happens after finish().
  void start();
  /// Returns when the looks under way are over; no other begins.
  void finish();

 private:
  void run(std::stop_token);
  runtime::Reconcile where_synced(runtime::Reconcile) const;

  const Flags& flags_;
  kube::Api& api_;
  const runtime::Caches& caches_;
  const runtime::Informers& informers_;
  const Clock& clock_;
  runtime::Queues queues_;
  gate::Metrics& metrics_;
  std::mutex mutex_;
  bool finished_ = false;
  std::jthread thread_;
};
