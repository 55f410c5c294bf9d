#include "operator/reconcile/slots.h"

#include <set>

#include "operator/reconcile/pods.h"

namespace reconcile {
namespace {

constexpr std::chrono::seconds kUntilSeen{60};  // the cache shows a Job long before, or it was never created

}  // namespace

bool Slots::take(const kube::ObjectName& job) {
  if (most_ <= 0) return true;
  const std::lock_guard<std::mutex> hold(mutex_);
  const auto now = clock_.steady();
  std::set<kube::ObjectName> live;
  for (const kube::Object& each : caches_.jobs.all()) {
    const kube::ObjectName name = kube::name_of(each);
    taken_.erase(name);
    if (read_job(each).state == JobState::kLive) live.insert(name);
  }
  std::erase_if(taken_, [&](const auto& each) { return now - each.second > kUntilSeen; });
  for (const auto& [name, since] : taken_) live.insert(name);
  if (live.count(job) == 0 && live.size() >= static_cast<std::size_t>(most_)) return false;
  taken_[job] = now;
  return true;
}

}  // namespace reconcile
