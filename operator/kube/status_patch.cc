#include "operator/kube/status_patch.h"

namespace kube {

Object merge_patch_between(const Object& from, const Object& to) {
  Object patch = Object::object();
  for (const auto& [key, value] : to.items()) {
    const auto before = from.is_object() ? from.find(key) : from.end();
    if (before == from.end()) {
      patch[key] = value;
    } else if (*before != value) {
      patch[key] = value.is_object() && before->is_object() ? merge_patch_between(*before, value) : value;
    }
  }
  if (!from.is_object()) return patch;
  for (const auto& [key, value] : from.items()) {
    if (!to.contains(key)) patch[key] = nullptr;
  }
  return patch;
}

Written patch_status(Api& api, const ResourceType& type, const ObjectName& name, const std::string& resource_version,
                     const Object& stored, const Object& status) {
  const Object patch = {{"metadata", {{"resourceVersion", resource_version}}},
                        {"status", merge_patch_between(stored, status)}};
  return api.patch(type, name, patch, Subresource::kStatus);
}

}  // namespace kube
