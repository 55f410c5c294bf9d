// operator/runtime/informers.h: all that the operator watches: fills the caches and the queue.
#pragma once
#include <map>
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

/// Where the operator works, and at what.
struct Scope {
  std::vector<std::string> namespaces = {};  // empty: all
  bool rollouts = true;                      // false: DatabaseRollouts are only seen, none is queued
};

/// DatabaseMigrations, their Jobs and Pods, the pods that report to them, DatabaseRollouts, and the metadata of
/// ConfigMaps and, for rollouts, Deployments and Services in each namespace; metadata of consumers' pods where a
/// DatabaseMigration declares any. Each change queues the resources it concerns; `on_migration` is told of theirs
/// besides. Each namespace stands for itself: one that is gone, or in which we lost our rights, costs the others
/// nothing.
class Informers {
 public:
  Informers(kube::Api&, const Clock&, const Scope&, Caches&, Queues, OnChange on_migration);

  /// Every first list of this namespace is complete: what the caches hold of it may be trusted.
  [[nodiscard]] bool are_synced(const std::string& namespace_name) const;
  /// The same of every namespace.
  [[nodiscard]] bool are_synced() const;
  /// Which watches of this namespace aren't synced, or weren't heard of within `age` (operator-protocol, Trust 6: fail
  /// closed), as "jobs in NAMESPACE", for people.
  [[nodiscard]] std::vector<std::string> stale(const std::string& namespace_name, std::chrono::seconds age) const;
  /// The same by each namespace that we watch ("": all of them at once), also where it is empty.
  [[nodiscard]] std::map<std::string, std::vector<std::string>> stale(std::chrono::seconds age) const;

 private:
  void start(kube::Api&, const kube::ResourceType&, const kube::Selection&, Store&,
             std::chrono::milliseconds settle = {});

  const Clock& clock_;
  const bool serves_rollouts_;
  Caches& caches_;
  Queues queues_;
  OnChange on_migration_;
  struct Entry {
    std::string namespace_name = {};  // empty: all
    std::unique_ptr<Informer> informer = {};
    bool serves(const std::string& name) const { return namespace_name.empty() || namespace_name == name; }
  };
  bool is_stale(const Entry&, std::chrono::seconds age) const;

  ConsumerWatches consumers_;
  std::vector<Entry> entries_;  // last: their callbacks use all the others
};

}  // namespace runtime
