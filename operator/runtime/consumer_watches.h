// operator/runtime/consumer_watches.h: watches pods only where a DatabaseMigration declares consumers.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/clock.h"
#include "operator/runtime/caches.h"
#include "operator/runtime/informer.h"
#include "operator/runtime/queue.h"

namespace runtime {

/// One informer a namespace that declares consumers: metadata of all pods that haven't ended. What they say is never
/// relied on (whoever counts consumers lists them): a change only queues the DatabaseMigrations that the pod is a
/// consumer of, after a short while, so that a roll-out costs few looks.
class ConsumerWatches {
 public:
  /// What is passed must outlive it.
  ConsumerWatches(kube::Api&, const Clock&, const Caches&, Queue&);

  /// Starts and ends informers, so that they are where `caches` says. Called after each change of a DatabaseMigration;
  /// thread-safe.
  void follow();

  /// Namespaces whose watch was not heard of within `age`.
  [[nodiscard]] std::vector<std::string> stale(std::chrono::seconds age) const;
  [[nodiscard]] std::vector<std::string> namespaces() const;

 private:
  struct Watch {
    Watch(kube::Api&, const Clock&, const std::string& namespace_name, const OnChange&);
    std::chrono::steady_clock::time_point started;
    Store pods;         // only to know what changed
    Informer informer;  // last: ends before the store goes
  };

  kube::Api& api_;
  const Clock& clock_;
  const Caches& caches_;
  Queue& queue_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Watch>> watches_;
};

}  // namespace runtime
