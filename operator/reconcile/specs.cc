#include "operator/reconcile/specs.h"

namespace reconcile {

std::shared_ptr<const ReadSpec> Specs::find(const kube::ObjectName& name, const std::string& uid,
                                            std::int64_t generation) const {
  const std::lock_guard<std::mutex> hold(mutex_);
  const auto found = kept_.find(name);
  const bool is_this = found != kept_.end() && found->second.uid == uid && found->second.generation == generation;
  return is_this ? found->second.read : nullptr;
}

void Specs::keep(const kube::ObjectName& name, const std::string& uid, std::int64_t generation, ReadSpec read) {
  auto kept = std::make_shared<const ReadSpec>(std::move(read));
  const std::lock_guard<std::mutex> hold(mutex_);
  kept_[name] = {uid, generation, std::move(kept)};
}

void Specs::forget(const kube::ObjectName& name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  kept_.erase(name);
}

}  // namespace reconcile
