#include "operator/runtime/caches.h"

#include <algorithm>
#include <initializer_list>

#include "common/report/names.h"
#include "common/report/result.h"
#include "operator/kube/selector.h"

namespace runtime {
namespace {

IndexValues by_label(std::string_view label_name) {
  return [label_name](const Object& object) -> std::vector<std::string> {
    const std::string name = kube::label_of(object, label_name);
    if (name.empty()) return {};
    return {index_key(kube::name_of(object).namespace_name, name)};
  };
}

std::vector<std::string> by_owner(const Object& object) {
  std::vector<std::string> uids;
  for (const Object& owner : kube::value_at(object, "/metadata/ownerReferences")) {
    uids.push_back(kube::text_at(owner, "/uid"));
  }
  return uids;
}

std::vector<std::string> by_config_map(const Object& migration) {
  std::vector<std::string> keys;
  for (const Object& name : kube::value_at(migration, "/spec/migrations/configMaps")) {
    if (name.is_string()) keys.push_back(index_key(kube::name_of(migration).namespace_name, name.get<std::string>()));
  }
  return keys;
}

std::vector<std::string> by_dependency(const Object& migration) {
  std::vector<std::string> keys;
  for (const Object& dependency : kube::value_at(migration, "/spec/dependsOn")) {
    const std::string other = kube::text_at(dependency, "/namespace");
    keys.push_back(
        index_key(other.empty() ? kube::name_of(migration).namespace_name : other, kube::text_at(dependency, "/name")));
  }
  return keys;
}

std::vector<std::string> by_consumers(const Object& migration) {
  if (kube::value_at(migration, "/spec/consumers").empty()) return {};
  return {kube::name_of(migration).namespace_name};
}

IndexValues by_fields(std::vector<std::string> pointers) {
  return [pointers = std::move(pointers)](const Object& rollout) {
    std::vector<std::string> keys;
    for (const std::string& pointer : pointers) {
      keys.push_back(index_key(kube::name_of(rollout).namespace_name, kube::text_at(rollout, pointer)));
    }
    return keys;
  };
}

/// Only these members stay.
void keep(Object& object, std::initializer_list<const char*> members) {
  Object kept = Object::object();
  for (const char* member : members) {
    const auto found = object.find(member);
    if (found != object.end()) kept[member] = std::move(*found);
  }
  object = std::move(kept);
}

void trim_migration(Object& migration) {
  const auto annotations = migration["metadata"].find("annotations");
  if (annotations == migration["metadata"].end() || !annotations->is_object()) return;
  // A second copy of the whole spec.
  annotations->erase("kubectl.kubernetes.io/last-applied-configuration");
}

void trim_job(Object& job) {
  if (job.contains("spec")) job["spec"].erase("template");
}

void trim_pod(Object& pod) {
  if (pod.contains("spec")) keep(pod["spec"], {"nodeName"});
  if (pod.contains("status")) {
    keep(pod["status"], {"phase", "reason", "message", "conditions", "containerStatuses", "initContainerStatuses"});
  }
}

/// Anybody can make such a pod: nothing of it is kept that could be large.
void trim_ended(Object& state) {
  keep(state, {"terminated"});
  if (!state.contains("terminated")) return;
  Object& ended = state["terminated"];
  keep(ended, {"exitCode", "message", "finishedAt"});
  if (kube::text_at(ended, "/message").size() > report::kMaxResultBytes) ended.erase("message");
}

void trim_reporter(Object& pod) {
  keep(pod, {"apiVersion", "kind", "metadata", "status"});
  const std::string reports = kube::label_of(pod, report::names::kLabelReports);
  keep(pod["metadata"], {"namespace", "name", "uid", "resourceVersion", "creationTimestamp"});
  pod["metadata"]["labels"] = {{report::names::kLabelReports, reports}};
  Object kept = Object::array();
  for (const Object& each : kube::value_at(pod, "/status/initContainerStatuses")) {
    if (kube::text_at(each, "/name") != report::names::kMigrateInitContainer) continue;
    kept.push_back(each);
    keep(kept.back(), {"name", "state", "lastState"});
    for (const char* state : {"state", "lastState"}) {
      if (kept.back().contains(state)) trim_ended(kept.back()[state]);
    }
  }
  pod["status"] = {{"initContainerStatuses", kept}};
}

void trim_config_map(Object& config_map) {
  keep(config_map, {"apiVersion", "kind", "metadata"});
  keep(config_map["metadata"], {"namespace", "name", "uid", "resourceVersion", "labels", "ownerReferences"});
}

void trim_signal(Object& object) {
  keep(object, {"apiVersion", "kind", "metadata"});
  keep(object["metadata"], {"namespace", "name", "resourceVersion"});
}

}  // namespace

std::string index_key(const std::string& namespace_name, const std::string& name) {
  return namespace_name + "/" + name;
}

Caches::Caches()
    : migrations(trim_migration, {{indices::kConfigMap, by_config_map},
                                  {indices::kConsumers, by_consumers},
                                  {indices::kDependency, by_dependency}}),
      jobs(trim_job, {{indices::kMigration, by_label(report::names::kLabelMigration)}, {indices::kOwner, by_owner}}),
      pods(trim_pod, {{indices::kMigration, by_label(report::names::kLabelMigration)}, {indices::kOwner, by_owner}}),
      reporters(trim_reporter, {{indices::kReports, by_label(report::names::kLabelReports)}}),
      config_maps(trim_config_map, {}),
      rollouts(trim_migration, {{indices::kMigrationRef, by_fields({"/spec/migrationRef/name"})},
                                {indices::kDeployment, by_fields({"/spec/blue", "/spec/green"})},
                                {indices::kService, by_fields({"/spec/service"})}}),
      deployments(trim_signal, {}),
      services(trim_signal, {}) {}

std::vector<ObjectName> consumed_by(const Caches& caches, const Object& pod) {
  std::vector<ObjectName> names;
  const Object& labels = kube::value_at(pod, "/metadata/labels");
  for (const Object& migration : caches.migrations.find(indices::kConsumers, kube::name_of(pod).namespace_name)) {
    for (const Object& each : kube::value_at(migration, "/spec/consumers")) {
      if (!kube::selects(kube::value_at(each, "/selector"), labels)) continue;
      names.push_back(kube::name_of(migration));
      break;
    }
  }
  return names;
}

std::vector<ObjectName> concerned(const Caches& caches, const kube::ResourceType& type, const Object& object) {
  const ObjectName name = kube::name_of(object);
  const std::string key = index_key(name.namespace_name, name.name);
  if (type == kube::types::config_map()) return caches.migrations.names(indices::kConfigMap, key);
  if (type == kube::types::deployment() || type == kube::types::service()) return {};
  // It says what the migration may do.
  if (type == kube::types::database_rollout()) {
    return {{name.namespace_name, kube::text_at(object, "/spec/migrationRef/name")}};
  }
  if (type == kube::types::database_migration()) {
    std::vector<ObjectName> names = caches.migrations.names(indices::kDependency, key);
    names.push_back(name);
    return names;
  }
  std::vector<ObjectName> names;
  for (const std::string_view each : {report::names::kLabelMigration, report::names::kLabelReports}) {
    const std::string migration = kube::label_of(object, each);
    if (!migration.empty()) names.push_back({name.namespace_name, migration});
  }
  return names;
}

/// This one, and those that name its Service or a Deployment of it: they may go on when it is gone.
static std::vector<ObjectName> with_rivals(const Caches& caches, const Object& rollout) {
  std::vector<ObjectName> names{kube::name_of(rollout)};
  const auto add = [&](const char* index, const char* pointer) {
    const std::string key = index_key(names.front().namespace_name, kube::text_at(rollout, pointer));
    for (const ObjectName& each : caches.rollouts.names(index, key)) {
      if (std::find(names.begin(), names.end(), each) == names.end()) names.push_back(each);
    }
  };
  add(indices::kService, "/spec/service");
  add(indices::kDeployment, "/spec/blue");
  add(indices::kDeployment, "/spec/green");
  return names;
}

std::vector<ObjectName> concerned_rollouts(const Caches& caches, const kube::ResourceType& type, const Object& object) {
  const ObjectName name = kube::name_of(object);
  const std::string key = index_key(name.namespace_name, name.name);
  if (type == kube::types::database_rollout()) return with_rivals(caches, object);
  if (type == kube::types::database_migration()) return caches.rollouts.names(indices::kMigrationRef, key);
  if (type == kube::types::deployment()) return caches.rollouts.names(indices::kDeployment, key);
  if (type == kube::types::service()) return caches.rollouts.names(indices::kService, key);
  return {};
}

}  // namespace runtime
