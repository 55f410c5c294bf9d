// tests/operator/rollout/stage.h: one namespace of a real API server with two Deployments, a Service, a migration and a
// DatabaseRollout, in which a test plays the Deployments' controllers, the kubelet, the EndpointSlices' controller and
// the Job controller.
#pragma once
#include <string>

#include "common/clock.h"
#include "operator/kube/api.h"
#include "operator/runtime/worker.h"

namespace stage {

/// The machine's clock, moved on by the test.
class Clock final : public ::Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now() + ahead_; }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now() + ahead_; }
  void advance(std::chrono::seconds by) { ahead_ += by; }

 private:
  std::chrono::seconds ahead_{0};
};

class Stage {
 public:
  /// Blue serves with two pods, green has none, the migration is Ready, the rollout wants Blue. `spec` is merged into
  /// the rollout's.
  explicit Stage(const nlohmann::json& spec = nlohmann::json::object());

  const std::string& space() const { return space_; }
  kube::Api& api() { return api_; }

  // The user.
  void wants(const std::string& colour);
  /// Another rollout of this namespace: the first one's spec, wanting Green, merged with `changes`.
  void add_rollout(const std::string& name, const nlohmann::json& changes = nlohmann::json::object());
  void remove_rollout(const std::string& name);
  void annotate(const std::string& key, const std::string& value);

  // Everybody else: pods, counts and EndpointSlices follow the Deployments and the Service; Jobs that were created end.
  void follow();
  void set_migration_status(const nlohmann::json& status);
  bool checks_pass = true;

  // The operator.
  void look(const std::string& name = "shop");
  /// Looks while everybody follows, and time passes, until the sequence stands at this step; false: it doesn't come to.
  bool comes_to(const std::string& step);

  kube::Object rollout(const std::string& name = "shop");
  std::string step() { return kube::text_at(rollout(), "/status/sequence/step"); }
  std::string condition(const std::string& type, const std::string& name = "shop");  // "True/UpToDate"; "-": absent
  std::string selected();  // label `colour` of the Service's selector
  int replicas(const std::string& deployment);
  std::vector<kube::Object> list(const kube::ResourceType&, const std::string& labels = {});
  Clock clock;

 private:
  void create(const kube::ResourceType&, const std::string& name, nlohmann::json rest);
  void create_deployment(const std::string& colour, int replicas);
  void follow_deployment(const kube::Object&);
  void follow_service();
  void end_jobs();
  void set_status(const kube::ResourceType&, const std::string& name, const nlohmann::json& status);

  kube::Api& api_;
  std::string space_;
  runtime::Reconcile look_;
};

}  // namespace stage
