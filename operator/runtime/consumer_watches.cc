#include "operator/runtime/consumer_watches.h"

#include <set>

namespace runtime {
namespace {

constexpr std::chrono::milliseconds kConsumersSettle{2000};

void keep_labels(Object& pod) {
  Object metadata = Object::object();
  for (const char* key : {"namespace", "name", "uid", "resourceVersion", "labels"}) {
    if (const auto found = pod["metadata"].find(key); found != pod["metadata"].end()) metadata[key] = *found;
  }
  pod = {{"metadata", metadata}};
}

}  // namespace

ConsumerWatches::Watch::Watch(kube::Api& api, const Clock& clock, const std::string& namespace_name,
                              const OnChange& on_change)
    : started(clock.steady()),
      pods(keep_labels, {}),
      informer(api, clock, kube::types::pod(),
               {.namespace_name = namespace_name,
                .field_selector = "status.phase!=Succeeded,status.phase!=Failed",
                .detail = kube::Detail::kMetadata},
               pods, on_change) {}

ConsumerWatches::ConsumerWatches(kube::Api& api, const Clock& clock, const Caches& caches, Queue& queue)
    : api_(api), clock_(clock), caches_(caches), queue_(queue) {}

void ConsumerWatches::follow() {
  std::vector<std::unique_ptr<Watch>> ended;  // joined after the lock is given back
  const std::lock_guard<std::mutex> hold(mutex_);
  std::set<std::string> wanted;
  for (const std::string& each : caches_.migrations.values(indices::kConsumers)) wanted.insert(each);
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    if (wanted.erase(watch->first) == 0) {
      ended.push_back(std::move(watch->second));
      watch = watches_.erase(watch);
    } else {
      ++watch;
    }
  }
  const auto on_change = [this](const Object& pod, bool) {
    for (const ObjectName& name : consumed_by(caches_, pod)) queue_.add_after(name, kConsumersSettle);
  };
  for (const std::string& each : wanted) {
    watches_.emplace(each, std::make_unique<Watch>(api_, clock_, each, on_change));
  }
}

std::vector<std::string> ConsumerWatches::stale(std::chrono::seconds age) const {
  const std::lock_guard<std::mutex> hold(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, watch] : watches_) {
    const auto heard = watch->informer.fresh_at().value_or(watch->started);
    if (clock_.steady() - heard > age) names.push_back(name);
  }
  return names;
}

std::vector<std::string> ConsumerWatches::namespaces() const {
  const std::lock_guard<std::mutex> hold(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, watch] : watches_) names.push_back(name);
  return names;
}

}  // namespace runtime
