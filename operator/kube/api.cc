#include "operator/kube/api.h"

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

const Object& value_at(const Object& object, const std::string& json_pointer) {
  static const Object nothing;
  const Object::json_pointer pointer(json_pointer);
  // contains() throws nothing where an array is asked for a name.
  return object.contains(pointer) ? object.at(pointer) : nothing;
}

std::string text_at(const Object& object, const std::string& json_pointer) {
  const Object& value = value_at(object, json_pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

ObjectName name_of(const Object& object) {
  return {text_at(object, "/metadata/namespace"), text_at(object, "/metadata/name")};
}

}  // namespace kube
