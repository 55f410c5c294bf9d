// operator/reconcile/pod.h: the parts of an attempt's pod.
#pragma once
#include <nlohmann/json.hpp>

#include "operator/reconcile/job.h"

namespace reconcile {

/// The environment of `migrate`: what to do, and the database's credentials as references to Secrets.
nlohmann::json render_environment(const Observed&, const RunStatus&);

/// Volumes of the pod and where `migrate` sees them.
struct Volumes {
  nlohmann::json volumes = nlohmann::json::array();
  nlohmann::json mounts = nlohmann::json::array();
};
Volumes render_volumes(const Observed&, const RunStatus&);

/// Pod spec and metadata with spec.podTemplate merged in: scheduling and names as the user says, ours where they clash.
nlohmann::json merge_template(nlohmann::json pod_template, const nlohmann::json& users);

/// `$` begins a reference in a container's env, command and args; a doubled one is itself.
std::string literal(const std::string& text);

/// Of each container: no privileges, no writing to the image.
nlohmann::json container_security();

namespace paths {
inline constexpr const char* kMigrations = "/migrations";
inline constexpr const char* kBackups = "/backups";
inline constexpr const char* kBin = "/sluice-bin";
inline constexpr const char* kTls = "/sluice-tls";
}  // namespace paths

}  // namespace reconcile
