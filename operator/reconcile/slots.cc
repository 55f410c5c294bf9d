#include "operator/reconcile/slots.h"

#include <set>

#include "common/report/names.h"
#include "operator/reconcile/own_jobs.h"
#include "operator/reconcile/pods.h"

namespace reconcile {
namespace {

constexpr std::chrono::seconds kUntilStarted{120};  // a burst of Jobs must not pass for as many that can't start

/// Of the DatabaseMigration that controls it, and named in its status before it was created.
bool is_of_a_migration(const runtime::Caches& caches, const kube::Object& job, const ObservedJob& read) {
  const kube::ObjectName name{kube::name_of(job).namespace_name, kube::label_of(job, report::names::kLabelMigration)};
  const std::optional<kube::Object> migration = caches.migrations.get(name);
  return migration && is_controlled_by(job, kube::text_at(*migration, "/metadata/uid")) &&
         is_ours(parse_status(kube::value_at(*migration, "/status")), read);
}

}  // namespace

bool Slots::holds_one(const kube::Object& job) const {
  const ObservedJob read = read_job(job);
  if (read.state != JobState::kLive || !is_of_a_migration(caches_, job, read)) return false;
  const bool is_young = !read.created || clock_.now() - *read.created < kUntilStarted;
  return is_young || read_pods(caches_.pods.find(runtime::indices::kOwner, read.uid), read.uid).started;
}

bool Slots::take(const kube::ObjectName& job) {
  if (most_ <= 0) return true;
  const std::lock_guard<std::mutex> hold(mutex_);
  const auto now = clock_.steady();
  std::erase_if(taken_, [&](const auto& each) { return now - each.second >= kUntilStarted; });
  std::set<kube::ObjectName> held;
  for (const kube::Object& each : caches_.jobs.all()) {
    const kube::ObjectName name = kube::name_of(each);
    const bool holds = holds_one(each);
    if (holds) held.insert(name);
    // From here on the caches know better; until they show its status, too, they don't.
    if (holds || read_job(each).state != JobState::kLive) taken_.erase(name);
  }
  for (const auto& [name, since] : taken_) held.insert(name);
  if (!held.contains(job) && held.size() >= static_cast<std::size_t>(most_)) return false;
  taken_[job] = now;
  return true;
}

void Slots::give_back(const kube::ObjectName& job) {
  const std::lock_guard<std::mutex> hold(mutex_);
  taken_.erase(job);
}

}  // namespace reconcile
