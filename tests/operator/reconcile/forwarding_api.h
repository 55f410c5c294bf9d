// tests/operator/reconcile/forwarding_api.h: another Api behind this one, for tests that look at or answer some calls.
#pragma once
#include "operator/kube/api.h"

namespace playground {

class ForwardingApi : public kube::Api {
 public:
  explicit ForwardingApi(kube::Api& api) : api_(api) {}
  std::optional<kube::Object> get(const kube::ResourceType& type, const kube::ObjectName& name) override {
    return api_.get(type, name);
  }
  kube::List list(const kube::ResourceType& type, const kube::Selection& selection) override {
    return api_.list(type, selection);
  }
  kube::Created create(const kube::ResourceType& type, const kube::Object& object) override {
    return api_.create(type, object);
  }
  kube::Written apply(const kube::ResourceType& type, const kube::Object& object,
                      const kube::ApplyOptions& options) override {
    return api_.apply(type, object, options);
  }
  kube::Written patch(const kube::ResourceType& type, const kube::ObjectName& name, const kube::Object& object,
                      kube::Subresource subresource) override {
    return api_.patch(type, name, object, subresource);
  }
  kube::WriteOutcome remove(const kube::ResourceType& type, const kube::ObjectName& name,
                            const kube::RemoveOptions& options) override {
    return api_.remove(type, name, options);
  }
  kube::WatchEnd watch(const kube::ResourceType& type, const kube::Selection& selection, const std::string& version,
                       const std::function<void(kube::WatchEvent)>& on_event, std::stop_token stop) override {
    return api_.watch(type, selection, version, on_event, stop);
  }
  std::optional<std::string> log(const kube::ObjectName& pod, const kube::LogOptions& options) override {
    return api_.log(pod, options);
  }

 private:
  kube::Api& api_;
};

}  // namespace playground
