// operator/runtime/informer.h: keeps one store true to one type in one namespace, and says what changed.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "common/clock.h"
#include "operator/kube/watcher.h"
#include "operator/runtime/store.h"

namespace runtime {

/// The object as it is now, or as it last was where `is_gone`. Runs on the informer's thread: must be quick. What it
/// throws is logged, and the next object comes.
using OnChange = std::function<void(const Object&, bool is_gone)>;

/// A thread that lists and watches from construction to destruction. `store` may be shared by informers of the same
/// type in other namespaces.
class Informer {
 public:
  Informer(kube::Api&, const Clock&, const kube::ResourceType&, const kube::Selection&, Store&, OnChange);

  const kube::ResourceType& type() const { return type_; }
  /// None: the first list isn't complete yet. Else when the server was last heard of.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> fresh_at() const { return watcher_.fresh_at(); }

 private:
  kube::WatchListener listener(Store&, OnChange, const std::string& namespace_name);

  const kube::ResourceType type_;
  kube::Watcher watcher_;
  std::jthread thread_;  // last: stops before what it uses goes
};

}  // namespace runtime
