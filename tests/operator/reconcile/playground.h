// tests/operator/reconcile/playground.h: one namespace of a real API server, in which a test plays the user, the
// kubelet and the Job controller.
#pragma once
#include <string>

#include "common/report/result.h"
#include "operator/kube/api.h"
#include "operator/reconcile/controller.h"
#include "operator/runtime/caches.h"

namespace playground {

inline const nlohmann::json kFiles = {{"001_a.up.sql", "select 1;"}};

class Playground {
 public:
  explicit Playground(reconcile::Settings = {.migrator_image = "localhost/sluice:test"});

  const std::string& space() const { return space_; }
  kube::Api& api() { return api_; }

  // The user.
  /// Ledger, target and source at their defaults: ConfigMap `files`, Secret `db`; merge-patched by `changes`.
  void write_migration(const std::string& name, const nlohmann::json& changes = nlohmann::json::object());
  void write_config_map(const std::string& name, const nlohmann::json& data,
                        const nlohmann::json& binary = nlohmann::json::object());
  void annotate(const std::string& name, const std::string& key, const std::string& value);

  /// Resource `shop` with kFiles, and its first run was good.
  void release();

  // The kubelet and the Job controller.
  /// Ends the one live Job with this result: its pod says it, then the Job has failed or is complete.
  void end_job(report::Result);
  /// The same with no pod of its own left.
  void end_job_alone(bool is_good);
  void run_pod(const kube::Object& job, const std::string& name);
  /// A pod of the application with label sluice.dev/reports: shop, whose init container `sluice-migrate` ended so.
  void report_as_pod(const std::string& name, int code, const std::string& message,
                     const nlohmann::json& metadata = {});
  void add_pod(const kube::Object& owner, const std::string& name, int code, const std::string& message);

  // The operator.
  /// Caches as informers would have them now, then one look.
  std::optional<std::chrono::milliseconds> look(const std::string& name);
  /// The same without refreshing the caches.
  std::optional<std::chrono::milliseconds> look_with_old_caches(const std::string& name);
  /// Another version takes over, or one that sees another server or clock, with the caches there are.
  void replace_operator(const reconcile::Settings&);
  void replace_operator(const reconcile::Settings&, kube::Api&, const Clock&);
  void refresh();
  void refresh_also(Playground& other);  // the migrations of another namespace, too
  void refresh_jobs();                   // everything but pods

  kube::Object migration(const std::string& name);
  std::vector<kube::Object> list(const kube::ResourceType&);
  /// "True/UpToDate"; "-": absent.
  std::string condition(const std::string& name, const std::string& type);
  /// What that condition says; "": absent.
  std::string message(const std::string& name, const std::string& type);

 private:
  void refresh(const kube::ResourceType&, runtime::Store&);
  void create_pod(const kube::Object& owner, const std::string& name);
  kube::Object live_job();
  void end(const kube::Object& job, bool is_good);
  void set_pod(const std::string& name, const std::string& phase, const nlohmann::json& state);

  kube::Api& api_;
  std::string space_;
  SystemClock clock_;
  runtime::Caches caches_;
  runtime::Reconcile reconcile_;
};

/// Of a kube-apiserver that knows the CRD.
kube::Api& api();

/// What a good run says.
report::Result good();

}  // namespace playground
