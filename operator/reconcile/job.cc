#include "operator/reconcile/job.h"

#include "common/report/names.h"
#include "operator/reconcile/pod.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;
using report::names::kAnnotationDigest, report::names::kAnnotationInputs, report::names::kFieldManager,
    report::names::kGroup, report::names::kKind, report::names::kLabelAttempt, report::names::kLabelMigration,
    report::names::kManagedBy, report::names::kMigrateContainer, report::names::kVersion;

// Going back doesn't end in 30 s (operator-protocol, Jobs 6).
constexpr int kGraceSeconds = 600;
// Any image can run as it: files of an image are readable by all, and a name in USER can't be verified as non-root.
constexpr int kUser = 65532;

Json owner_of(const Observed& seen) {
  return Json::array({{{"apiVersion", std::string(kGroup) + "/" + std::string(kVersion)},
                       {"kind", kKind},
                       {"name", seen.name},
                       {"uid", seen.uid},
                       {"controller", true},
                       {"blockOwnerDeletion", true}}});
}

Json labels_of(const Observed& seen) {
  return {{"app.kubernetes.io/name", "sluice"}, {kManagedBy, kFieldManager}, {kLabelMigration, seen.name}};
}

Json metadata_of(const Observed& seen, const std::string& name) {
  return {{"name", name},
          {"namespace", seen.namespace_name},
          {"labels", labels_of(seen)},
          {"ownerReferences", owner_of(seen)}};
}

/// In this order: with Ignore first an exit 31 together with an eviction was lost and the pod replaced. containerName:
/// without it an init container's code would match too (operator-protocol, Jobs 1).
Json failure_policy() {
  const Json on_codes = {{"containerName", kMigrateContainer}, {"operator", "In"}, {"values", kFinalCodes}};
  const Json on_eviction = Json::array({{{"type", "DisruptionTarget"}, {"status", "True"}}});
  const Json fail = {{"action", "FailJob"}, {"onExitCodes", on_codes}};
  const Json ignore = {{"action", "Ignore"}, {"onPodConditions", on_eviction}};
  return {{"rules", Json::array({fail, ignore})}};
}

Json pod_security() {
  return {{"runAsNonRoot", true},
          {"runAsUser", kUser},
          {"runAsGroup", kUser},
          {"fsGroup", kUser},
          {"fsGroupChangePolicy", "OnRootMismatch"},
          {"seccompProfile", {{"type", "RuntimeDefault"}}}};
}

bool is_injected(const Observed& seen) { return seen.resource.spec.migrations.image.has_value(); }

Json arguments(const Observed& seen, const RunStatus& run) {
  if (run.kind == Kind::kPlan) return Json::array({"plan", "--output", "json"});
  if (is_look(run)) return Json::array({"survey", "--output", "json"});
  Json list = Json::array({"run"});
  if (!seen.resource.spec.migrations.command.empty()) list.push_back("--");
  for (const std::string& each : seen.resource.spec.migrations.command) list.push_back(literal(each));
  return list;
}

void set_image(Json& container, const std::string& image, const std::string& policy) {
  container["image"] = image;
  if (!policy.empty()) container["imagePullPolicy"] = policy;
}

Json migrate_container(const Observed& seen, const RunStatus& run, const JobOptions& options, const Json& mounts) {
  Json container = {{"name", kMigrateContainer},
                    {"env", render_environment(seen, run)},
                    {"volumeMounts", mounts},
                    {"terminationMessagePath", "/dev/termination-log"},
                    {"terminationMessagePolicy", "File"},
                    {"securityContext", container_security()}};
  if (is_injected(seen)) {
    set_image(container, seen.resource.spec.migrations.image->reference,
              seen.resource.spec.migrations.image->pull_policy);
    container["command"] = Json::array({std::string(paths::kBin) + "/sluice"});
  } else {
    set_image(container, options.migrator_image, options.pull_policy);
    container["command"] = Json::array({"/sluice"});
  }
  container["args"] = arguments(seen, run);
  return container;
}

/// Copies sluice and its tools to where the user's image finds them.
Json install_container(const JobOptions& options) {
  const Json mount = {{"name", "sluice-bin"}, {"mountPath", paths::kBin}};
  Json container = {{"name", "sluice-install"},
                    {"command", Json::array({"/sluice", "install", paths::kBin})},
                    {"volumeMounts", Json::array({mount})},
                    {"securityContext", container_security()}};
  set_image(container, options.migrator_image, options.pull_policy);
  return container;
}

Json pull_secrets(const Observed& seen, const JobOptions& options) {
  Json list = Json::array();
  for (const std::string& each : options.pull_secrets) list.push_back({{"name", each}});
  if (is_injected(seen)) {
    for (const std::string& each : seen.resource.spec.migrations.image->pull_secrets) list.push_back({{"name", each}});
  }
  return list;
}

Json pod_template(const Observed& seen, const RunStatus& run, const JobOptions& options) {
  Volumes volumes = render_volumes(seen, run);
  Json spec = {{"restartPolicy", "Never"},
               {"automountServiceAccountToken", false},
               {"enableServiceLinks", false},
               {"terminationGracePeriodSeconds", kGraceSeconds},
               {"securityContext", pod_security()},
               {"containers", Json::array({migrate_container(seen, run, options, volumes.mounts)})},
               {"volumes", volumes.volumes}};
  if (is_injected(seen)) spec["initContainers"] = Json::array({install_container(options)});
  if (const Json secrets = pull_secrets(seen, options); !secrets.empty()) spec["imagePullSecrets"] = secrets;
  Json labels = labels_of(seen);
  labels[std::string(kLabelAttempt)] = std::to_string(run.attempt);
  return merge_template({{"metadata", {{"labels", labels}}}, {"spec", spec}}, seen.resource.spec.pod_template);
}

}  // namespace

Json render_job(const Observed& seen, const RunStatus& run, const JobOptions& options) {
  Json metadata = metadata_of(seen, run.job);
  metadata["labels"][std::string(kLabelAttempt)] = std::to_string(run.attempt);
  metadata["annotations"] = {{kAnnotationInputs, run.inputs}};
  if (!run.expected_digest.empty()) metadata["annotations"][std::string(kAnnotationDigest)] = run.expected_digest;
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", metadata},
          {"spec",
           {{"backoffLimit", 0},
            {"completions", 1},
            {"parallelism", 1},
            {"podReplacementPolicy", "Failed"},
            {"podFailurePolicy", failure_policy()},
            {"template", pod_template(seen, run, options)}}}};
}

std::string inline_name(const std::string& job) { return job + "-files"; }

Json render_inline_config_map(const Observed& seen, const RunStatus& run, const std::string& job_uid) {
  const auto& files = seen.resource.spec.migrations.inline_files;
  if (files.empty()) return nullptr;
  Json metadata = metadata_of(seen, inline_name(run.job));
  // Nobody waits for it when the Job goes, which would need a right on Jobs' finalizers.
  metadata["ownerReferences"] = Json::array(
      {{{"apiVersion", "batch/v1"}, {"kind", "Job"}, {"name", run.job}, {"uid", job_uid}, {"controller", true}}});
  return {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", metadata}, {"immutable", true}, {"data", files}};
}

}  // namespace reconcile
