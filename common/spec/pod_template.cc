#include "common/spec/pod_template.h"

#include <algorithm>

#include "common/report/names.h"
#include "common/spec/object.h"
#include "common/spec/sections.h"

namespace spec {
namespace {

using Json = nlohmann::json;

/// Fields that are taken over as they are: the API server checks what they hold.
void allow(Object& object, std::initializer_list<const char*> keys) {
  for (const char* key : keys) object.ignore(key);
}

void read_env(Object& object) {
  object.children("env", [](Object& each) {
    std::string name;
    each.text("name", name);
    each.require("name", "must be set");
    allow(each, {"value", "valueFrom"});
    if (name.starts_with("SLUICE_")) each.problem("name", "must not begin with SLUICE_: those are the operator's");
  });
}

void read_volumes(Object& object) {
  object.children("volumes", [](Object& each) {
    std::string name;
    each.text("name", name);
    each.require("name", "must be set");
    if (name.starts_with("sluice-")) each.problem("name", "must not begin with sluice-: those are the operator's");
    Json source = Json::object();
    for (const char* key : {"persistentVolumeClaim", "emptyDir", "csi"}) {
      std::optional<Json> value;
      each.any_object(key, value);
      if (value) source[key] = *value;
    }
    if (source.size() != 1) each.problem("needs exactly one of persistentVolumeClaim, emptyDir, csi");
  });
}

void read_container_security(Object& object) {
  object.child("securityContext", [](Object& each) {
    bool escalation = false;
    bool privileged = false;
    each.flag("allowPrivilegeEscalation", escalation);
    each.flag("privileged", privileged);
    allow(each, {"runAsUser", "runAsGroup", "runAsNonRoot", "readOnlyRootFilesystem", "seLinuxOptions"});
    if (escalation) each.problem("allowPrivilegeEscalation", "must not be true");
    if (privileged) each.problem("privileged", "must not be true");
  });
}

/// Sidecars are native ones only: an init container that restarts always ends with the migrator.
void read_sidecars(Object& object) {
  object.children("initContainers", [](Object& each) {
    std::string name;
    std::string restart;
    each.text("name", name);
    each.text("restartPolicy", restart);
    each.require("name", "must be set");
    each.require("image", "must be set");
    allow(each, {"image", "imagePullPolicy", "command", "args", "envFrom", "resources", "volumeMounts", "startupProbe",
                 "readinessProbe", "livenessProbe", "lifecycle", "workingDir", "terminationMessagePolicy"});
    read_env(each);
    read_container_security(each);
    if (restart != "Always") each.problem("restartPolicy", "must be Always: only native sidecars are allowed");
    if (name == report::names::kMigrateContainer || name.starts_with("sluice-")) {
      each.problem("name", "is the operator's own");
    }
  });
}

void read_containers(Object& object) {
  object.children("containers", [](Object& each) {
    std::string name;
    each.text("name", name);
    const std::string wanted(report::names::kMigrateContainer);
    if (name != wanted) each.problem("name", "must be " + wanted + ": further containers go to initContainers");
    allow(each, {"resources", "envFrom", "volumeMounts", "imagePullPolicy"});
    read_env(each);
    read_container_security(each);
  });
}

void read_pod_spec(Object& object) {
  std::string word;
  for (const char* key : {"serviceAccountName", "priorityClassName", "schedulerName"}) object.text(key, word);
  allow(object, {"nodeSelector", "tolerations", "affinity", "topologySpreadConstraints", "imagePullSecrets",
                 "dnsConfig", "dnsPolicy"});
  object.child("securityContext", [](Object& each) {
    allow(each, {"runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "fsGroupChangePolicy", "supplementalGroups",
                 "seLinuxOptions"});
  });
  read_volumes(object);
  read_sidecars(object);
  read_containers(object);
}

bool has_prefix(const std::vector<std::string>& prefixes, const std::string& name) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& each) { return name.starts_with(each); });
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void check_names(const Json& metadata, const char* key, const std::vector<std::string>& prefixes,
                 std::vector<Problem>& problems) {
  const auto found = metadata.find(key);
  if (found == metadata.end() || !found->is_object()) return;
  const std::string path = std::string("spec.podTemplate.metadata.") + key;
  for (const auto& [name, value] : found->items()) {
    if (has_prefix(prefixes, name)) continue;
    problems.push_back({child_path(path, name), "isn't permitted by the operator's configuration"});
  }
}

void check_driver(const Json& source, const std::string& path, const PodPolicy& policy,
                  std::vector<Problem>& problems) {
  if (!source.contains("csi")) return;
  const Json& csi = source["csi"];
  const std::string driver =
      csi.is_object() && csi.contains("driver") && csi["driver"].is_string() ? csi["driver"].get<std::string>() : "";
  if (contains(policy.csi_drivers, driver)) return;
  problems.push_back({path + ".csi.driver", "isn't permitted by the operator's configuration"});
}

}  // namespace

void check_volume_source(const Json& source, const std::string& path, std::vector<Problem>& problems) {
  Object object(source, path, problems);
  std::optional<Json> value;
  for (const char* key : {"persistentVolumeClaim", "emptyDir", "csi"}) object.any_object(key, value);
  object.exactly_one({"persistentVolumeClaim", "emptyDir", "csi"});
  object.finish();
}

std::vector<Problem> check_pod_template(const Json& pod_template, const std::string& path) {
  std::vector<Problem> problems;
  Object object(pod_template, path, problems);
  object.child("metadata", [](Object& metadata) {
    std::map<std::string, std::string> names;
    metadata.text_map("labels", names);
    metadata.text_map("annotations", names);
    for (const auto& [name, value] : names) {
      if (name.starts_with("sluice.dev/") || name.find("kubernetes.io/") != std::string::npos) {
        metadata.problem("name " + name + " is reserved");
      }
    }
  });
  object.child("spec", read_pod_spec);
  object.finish();
  return problems;
}

std::vector<Problem> check_policy(const DatabaseMigrationSpec& spec, const PodPolicy& policy) {
  std::vector<Problem> problems;
  if (spec.migrations.volume) check_driver(*spec.migrations.volume, "spec.migrations.volume", policy, problems);
  if (spec.backup.volume) check_driver(*spec.backup.volume, "spec.backup.volume", policy, problems);
  if (!spec.pod_template.is_object()) return problems;
  if (const auto metadata = spec.pod_template.find("metadata"); metadata != spec.pod_template.end()) {
    check_names(*metadata, "labels", policy.label_prefixes, problems);
    check_names(*metadata, "annotations", policy.annotation_prefixes, problems);
  }
  const Json pod = spec.pod_template.value("spec", Json::object());
  const std::string account = pod.value("serviceAccountName", "default");
  if (account != "default" && !contains(policy.service_accounts, account)) {
    problems.push_back({"spec.podTemplate.spec.serviceAccountName", "isn't permitted by the operator's configuration"});
  }
  const Json volumes = pod.value("volumes", Json::array());
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    check_driver(volumes[i], "spec.podTemplate.spec.volumes[" + std::to_string(i) + "]", policy, problems);
  }
  return problems;
}

}  // namespace spec
