// operator/reconcile/slots.h: how many runs may be under way at once, over all resources (--max-running).
#pragma once
#include <map>
#include <mutex>

#include "common/clock.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// Thread-safe. Counts attempts whose pod has started, and those young enough that it may be about to. One that can't
/// start (no such Secret or image, say) holds its slot for two minutes and no longer: it may wait for ever, and the
/// others must not wait with it. Should many such start at last, more run than `most`. Jobs that no status names count
/// nowhere: anybody can make such.
class Slots {
 public:
  /// `most` 0: no limit.
  Slots(const runtime::Caches& caches, const Clock& clock, int most) : caches_(caches), clock_(clock), most_(most) {}

  /// True: `job` may be started, and is counted from now on.
  [[nodiscard]] bool take(const kube::ObjectName& job);
  /// It was not created.
  void give_back(const kube::ObjectName& job);

 private:
  bool holds_one(const kube::Object& job) const;

  const runtime::Caches& caches_;
  const Clock& clock_;
  const int most_;
  std::mutex mutex_;
  std::map<kube::ObjectName, std::chrono::steady_clock::time_point> taken_;  // not long ago: caches may not show them
};

}  // namespace reconcile
