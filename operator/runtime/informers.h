// operator/runtime/informers.h: all that the operator watches: fills the caches and the queue.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "operator/runtime/caches.h"
#include "operator/runtime/consumer_watches.h"
#include "operator/runtime/informer.h"
#include "operator/runtime/queue.h"

namespace runtime {

/// One of each kind of resource that we reconcile.
struct Queues {
  Queue& migrations;
  Queue& rollouts;
};

/// DatabaseMigrations, their Jobs and Pods, the pods that report to them, DatabaseRollouts, and the metadata of
/// ConfigMaps, Deployments and Services in each of `namespaces` (empty: in all); metadata of consumers' pods where a
/// DatabaseMigration declares any. Each change queues the resources it concerns; `on_migration` is told of theirs
/// besides.
class Informers {
 public:
  Informers(kube::Api&, const Clock&, const std::vector<std::string>& namespaces, Caches&, Queues,
            OnChange on_migration);

  /// Every first list is complete: the caches may be trusted.
  [[nodiscard]] bool are_synced() const;
  /// Synced, and each watch was heard of within `age` (operator-protocol, Trust 6: else fail closed).
  [[nodiscard]] bool are_fresh(std::chrono::seconds age) const;
  /// Which of them aren't, as "jobs in NAMESPACE", for people.
  [[nodiscard]] std::vector<std::string> stale(std::chrono::seconds age) const;

 private:
  void start(kube::Api&, const kube::ResourceType&, const kube::Selection&, Store&,
             std::chrono::milliseconds settle = {});

  const Clock& clock_;
  Caches& caches_;
  Queues queues_;
  OnChange on_migration_;
  struct Entry {
    std::string namespace_name = {};
    std::unique_ptr<Informer> informer = {};
  };
  ConsumerWatches consumers_;
  std::vector<Entry> entries_;  // last: their callbacks use all the others
};

}  // namespace runtime
