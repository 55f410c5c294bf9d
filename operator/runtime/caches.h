// operator/runtime/caches.h: the stores that reconcile reads, and which resources a change concerns.
#pragma once
#include <string>
#include <vector>

#include "operator/runtime/store.h"

namespace runtime {

/// Names of the stores' indices.
namespace indices {
inline constexpr const char* kMigration = "migration";    // jobs, pods: "NAMESPACE/NAME" of label sluice.dev/migration
inline constexpr const char* kReports = "reports";        // reporters: "NAMESPACE/NAME" of label sluice.dev/reports
inline constexpr const char* kOwner = "owner";            // jobs, pods: UID of each owner
inline constexpr const char* kConfigMap = "configmap";    // migrations: "NAMESPACE/NAME" of each source ConfigMap
inline constexpr const char* kConsumers = "consumers";    // migrations: the namespace, where spec.consumers is declared
inline constexpr const char* kDependency = "dependency";  // migrations: "NAMESPACE/NAME" of each spec.dependsOn
inline constexpr const char* kMigrationRef = "migrationRef";  // rollouts: "NAMESPACE/NAME" of spec.migrationRef
inline constexpr const char* kDeployment = "deployment";      // rollouts: "NAMESPACE/NAME" of spec.blue and spec.green
inline constexpr const char* kService = "service";            // rollouts: "NAMESPACE/NAME" of spec.service
}  // namespace indices

/// "NAMESPACE/NAME", as the indices have it.
std::string index_key(const std::string& namespace_name, const std::string& name);

/// What the operator knows of the cluster. Jobs and Pods: only those with label sluice.dev/migration. Trimmed:
/// - jobs: without spec.template (metadata, spec.suspend, status stay);
/// - pods: metadata, spec.nodeName, status.{phase, reason, message, conditions, containerStatuses,
///   initContainerStatuses};
/// - reporters: pods with label sluice.dev/reports: only metadata.{namespace, name, uid, resourceVersion,
///   creationTimestamp, that label} and what ended of the init container `sluice-migrate`, without a word that is
///   longer than a result may be;
/// - config_maps: only metadata.{namespace, name, uid, resourceVersion, labels, ownerReferences};
/// - deployments, services: only metadata.{namespace, name, resourceVersion}: they say when to look, not what is there.
struct Caches {
  Caches();
  Store migrations;
  Store jobs;
  Store pods;
  Store reporters;
  Store config_maps;
  Store rollouts;
  Store deployments;
  Store services;
};

/// Which DatabaseMigrations declare a pod with these labels (or any that it had) as their consumer.
std::vector<ObjectName> consumed_by(const Caches&, const Object& pod);

/// Which DatabaseMigrations need a look after an object of this type changed or went.
std::vector<ObjectName> concerned(const Caches&, const kube::ResourceType&, const Object&);
/// The same for DatabaseRollouts.
std::vector<ObjectName> concerned_rollouts(const Caches&, const kube::ResourceType&, const Object&);

}  // namespace runtime
