// common/spec/pod_template.h: what a podTemplate may say (operator-protocol, Trust 2).
#pragma once
#include <string>
#include <vector>

#include "common/spec/spec.h"

namespace spec {

/// Its shape: a PodTemplateSpec cut down to what can't widen the migrator's rights. No host access, no runtime class,
/// no node name; volumes are claims, emptyDir, CSI; sidecars are native ones; one container, "migrate", to be adjusted.
std::vector<Problem> check_pod_template(const nlohmann::json& pod_template, const std::string& path);

/// What the operator's administrator permits; compared where a Job would be made.
struct PodPolicy {
  std::vector<std::string> service_accounts = {};     // empty: only the namespace's default
  std::vector<std::string> csi_drivers = {};          // empty: none
  std::vector<std::string> label_prefixes = {};       // of label names, as "example.com/"; empty: no label
  std::vector<std::string> annotation_prefixes = {};  // empty: no annotation
};

/// What a valid spec asks for and the policy doesn't permit: service account, CSI drivers, labels, annotations.
std::vector<Problem> check_policy(const DatabaseMigrationSpec&, const PodPolicy&);

}  // namespace spec
