// operator/reconcile/slots.h: how many runs may be under way at once, over all resources (--max-running).
#pragma once
#include <map>
#include <mutex>

#include "common/clock.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// Thread-safe. Counts live Jobs of the cache and those just started that it doesn't show yet.
class Slots {
 public:
  /// `most` 0: no limit.
  Slots(const runtime::Caches& caches, const Clock& clock, int most) : caches_(caches), clock_(clock), most_(most) {}

  /// True: `job` may be started, and is counted from now on.
  [[nodiscard]] bool take(const kube::ObjectName& job);

 private:
  const runtime::Caches& caches_;
  const Clock& clock_;
  const int most_;
  std::mutex mutex_;
  std::map<kube::ObjectName, std::chrono::steady_clock::time_point> taken_;
};

}  // namespace reconcile
