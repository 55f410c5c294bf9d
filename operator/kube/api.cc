#include "operator/kube/api.h"

#include <algorithm>
#include <charconv>

#include "common/report/names.h"
#include "operator/kube/paths.h"

namespace kube {
namespace types {

const ResourceType& database_migration() {
  static const ResourceType type{std::string(report::names::kGroup), std::string(report::names::kVersion),
                                 std::string(report::names::kPlural), std::string(report::names::kKind)};
  return type;
}
const ResourceType& job() {
  static const ResourceType type{"batch", "v1", "jobs", "Job"};
  return type;
}
const ResourceType& pod() {
  static const ResourceType type{"", "v1", "pods", "Pod"};
  return type;
}
const ResourceType& config_map() {
  static const ResourceType type{"", "v1", "configmaps", "ConfigMap"};
  return type;
}
const ResourceType& event() {
  static const ResourceType type{"events.k8s.io", "v1", "events", "Event"};
  return type;
}
const ResourceType& lease() {
  static const ResourceType type{"coordination.k8s.io", "v1", "leases", "Lease"};
  return type;
}
const ResourceType& database_rollout() {
  static const ResourceType type{std::string(report::names::kGroup), std::string(report::names::kVersion),
                                 "databaserollouts", "DatabaseRollout"};
  return type;
}
const ResourceType& deployment() {
  static const ResourceType type{"apps", "v1", "deployments", "Deployment"};
  return type;
}
const ResourceType& service() {
  static const ResourceType type{"", "v1", "services", "Service"};
  return type;
}
const ResourceType& endpoint_slice() {
  static const ResourceType type{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"};
  return type;
}
const ResourceType& autoscaler() {
  static const ResourceType type{"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"};
  return type;
}

}  // namespace types

std::string collection_path(const ResourceType& type, const std::string& namespace_name) {
  std::string path = (type.group.empty() ? "/api/" : "/apis/") + type.api_version() + "/";
  if (type.namespaced && !namespace_name.empty()) path += "namespaces/" + namespace_name + "/";
  return path + type.plural;
}

std::string object_path(const ResourceType& type, const ObjectName& name) {
  return collection_path(type, name.namespace_name) + "/" + name.name;
}

static const Object* part(const Object& whole, std::string_view name) {
  if (whole.is_object()) {
    const auto found = whole.find(name);
    return found == whole.end() ? nullptr : &*found;
  }
  std::size_t place = 0;
  const std::from_chars_result read = std::from_chars(name.data(), name.data() + name.size(), place);
  const bool is_there = whole.is_array() && read.ec == std::errc() && place < whole.size();
  return is_there ? &whole[place] : nullptr;
}

const Object& value_at(const Object& object, std::string_view path) {
  static const Object nothing;
  const Object* at = &object;
  // By hand: the library's json_pointer makes a string of each part, and a look at a resource reads a hundred values.
  while (!path.empty() && at != nullptr) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    at = part(*at, path.substr(1, end - 1));
    path.remove_prefix(end);
  }
  return at == nullptr ? nothing : *at;
}

std::string text_at(const Object& object, std::string_view path) {
  const Object& value = value_at(object, path);
  return value.is_string() ? value.get<std::string>() : "";
}

static std::string member_at(const Object& object, std::string_view path, std::string_view name) {
  const Object& members = value_at(object, path);
  const auto found = members.is_object() ? members.find(name) : members.end();
  return found != members.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string label_of(const Object& object, std::string_view name) {
  return member_at(object, "/metadata/labels", name);
}

std::string annotation_of(const Object& object, std::string_view name) {
  return member_at(object, "/metadata/annotations", name);
}

ObjectName name_of(const Object& object) {
  return {text_at(object, "/metadata/namespace"), text_at(object, "/metadata/name")};
}

}  // namespace kube
