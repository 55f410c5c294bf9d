// Who counts as using a database, on a real API server: operator-protocol, Roll-outs 1.
#include "operator/reconcile/read_consumers.h"

#include <gmock/gmock.h>

#include <memory>

#include "tests/operator/reconcile/playground.h"
#include "tests/support/apiserver.h"

namespace {

using nlohmann::json;
using reconcile::ObservedConsumer;
using reconcile::ObservedConsumers;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const char* const kRange = "shop>=002";

/// A namespace in which a test makes what controllers and users make.
class Consumers : public testing::Test {
 protected:
  json labelled(const std::string& app = "shop") const {
    return {{"labels", {{"app", app}}}, {"annotations", {{"sluice.dev/requires", kRange}}}};
  }
  json pod_spec(const std::string& restart = "Always") const {
    return {{"containers", {{{"name", "c"}, {"image", "i"}}}}, {"restartPolicy", restart}};
  }
  json pod_template(const std::string& app = "shop", const std::string& restart = "Always") const {
    return {{"metadata", labelled(app)}, {"spec", pod_spec(restart)}};
  }
  void create(const kube::ResourceType& type, const std::string& name, json object) {
    object["apiVersion"] = type.api_version();
    object["kind"] = type.kind;
    object["metadata"]["name"] = name;
    object["metadata"]["namespace"] = space;
    ASSERT_EQ(api->create(type, object).outcome, kube::CreateOutcome::kCreated) << name;
  }
  void pod(const std::string& name, const std::string& phase, json metadata) {
    create(kube::types::pod(), name, {{"metadata", std::move(metadata)}, {"spec", pod_spec()}});
    static_cast<void>(
        api->patch(kube::types::pod(), {space, name}, {{"status", {{"phase", phase}}}}, kube::Subresource::kStatus));
  }
  /// Of a controller with this many replicas.
  json spec(int replicas, const std::string& app = "shop") const {
    return {{"spec",
             {{"replicas", replicas},
              {"selector", {{"matchLabels", {{"app", app}}}}},
              {"serviceName", "x"},
              {"template", pod_template(app)}}}};
  }
  ObservedConsumers read(bool with_templates = true) {
    return reconcile::read_consumers(*api, space, {{.selector = {{"matchLabels", {{"app", "shop"}}}}}}, with_templates);
  }
  std::vector<std::string> names(const ObservedConsumers& read) const {
    std::vector<std::string> list;
    for (const ObservedConsumer& each : read.all) list.push_back(each.kind + " " + each.name);
    return list;
  }

  std::unique_ptr<support::ApiServer> own;  // where a test installs a type
  kube::Api* api = &playground::api();
  std::string space = support::ApiServer::shared().new_namespace();
};

const kube::ResourceType kReplicaSet{"apps", "v1", "replicasets", "ReplicaSet"};
const kube::ResourceType kStatefulSet{"apps", "v1", "statefulsets", "StatefulSet"};
const kube::ResourceType kDaemonSet{"apps", "v1", "daemonsets", "DaemonSet"};
const kube::ResourceType kCronJob{"batch", "v1", "cronjobs", "CronJob"};

TEST_F(Consumers, AreAllPodsThatHaveNotEnded) {
  for (const char* phase : {"Pending", "Running", "Unknown", "Succeeded", "Failed"}) {
    std::string name = phase;
    name[0] = static_cast<char>(std::tolower(name[0]));
    pod(name, phase, labelled());
  }
  pod("stranger", "Running", labelled("other"));
  const ObservedConsumers seen = read();
  EXPECT_EQ(seen.problem, "");
  EXPECT_THAT(names(seen), ElementsAre("Pod pending", "Pod running", "Pod unknown"));
  EXPECT_EQ(seen.all[0].annotation, kRange);
  EXPECT_NE(seen.all[0].uid, "");
}

TEST_F(Consumers, IncludeATerminatingPodUntilItIsGone) {
  json metadata = labelled();
  metadata["finalizers"] = {"example.com/still-serving"};
  pod("old", "Running", metadata);
  static_cast<void>(api->remove(kube::types::pod(), {space, "old"}, {}));
  ASSERT_EQ(read().all.size(), 1U);
  EXPECT_TRUE(read().all[0].terminating);
}

TEST_F(Consumers, HaveNoAnnotationWhereNobodyWroteOne) {
  pod("silent", "Running", {{"labels", {{"app", "shop"}}}});
  EXPECT_EQ(read().all.at(0).annotation, std::nullopt);
}

TEST_F(Consumers, AreTemplatesThatMakePodsNowAndNoneAtZero) {
  create(kReplicaSet, "new", spec(2));
  create(kReplicaSet, "rolled-out", spec(0));
  create(kReplicaSet, "stranger", spec(2, "other"));
  create(kStatefulSet, "queue", spec(1));
  create(kStatefulSet, "empty", spec(0));
  json daemon = spec(1);
  daemon["spec"].erase("replicas");
  daemon["spec"].erase("serviceName");
  create(kDaemonSet, "agent", daemon);
  create(kDaemonSet, "nowhere", daemon);
  static_cast<void>(api->patch(kDaemonSet, {space, "nowhere"},
                               {{"status",
                                 {{"observedGeneration", 1},
                                  {"desiredNumberScheduled", 0},
                                  {"currentNumberScheduled", 0},
                                  {"numberMisscheduled", 0},
                                  {"numberReady", 0}}}},
                               kube::Subresource::kStatus));
  const ObservedConsumers seen = read();
  EXPECT_THAT(names(seen), ElementsAre("DaemonSet agent", "ReplicaSet new", "StatefulSet queue"));
  EXPECT_TRUE(seen.with_templates);
  for (const ObservedConsumer& each : seen.all) EXPECT_EQ(each.annotation, kRange) << each.name;
  EXPECT_THAT(read(false).all, IsEmpty());
}

TEST_F(Consumers, AreCronJobsThatAreNotSuspended) {
  for (const bool suspend : {false, true}) {
    create(kCronJob, suspend ? "paused" : "nightly",
           {{"spec",
             {{"schedule", "0 3 * * *"},
              {"suspend", suspend},
              {"jobTemplate", {{"spec", {{"template", pod_template("shop", "Never")}}}}}}}});
  }
  EXPECT_THAT(names(read()), ElementsAre("CronJob nightly"));
}

TEST_F(Consumers, AreArgoRolloutsWhereThatTypeIsInstalled) {
  own = support::ApiServer::start();
  api = &own->api();
  space = own->new_namespace();
  EXPECT_EQ(read().problem, "");  // not yet: no problem
  own->create(R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.argoproj.io}
spec:
  group: argoproj.io
  scope: Namespaced
  names: {kind: Rollout, plural: rollouts, singular: rollout}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
)");
  const kube::ResourceType rollout{"argoproj.io", "v1alpha1", "rollouts", "Rollout"};
  create(rollout, "canary", spec(1));
  create(rollout, "off", spec(0));
  EXPECT_THAT(names(read()), ElementsAre("Rollout canary"));
}

TEST_F(Consumers, AreNeverTheMigratorsOwnPods) {
  json metadata = labelled();
  metadata["labels"]["sluice.dev/migration"] = "shop";
  metadata["labels"]["app.kubernetes.io/managed-by"] = "sluice-operator";
  pod("shop-1", "Running", metadata);
  EXPECT_THAT(read().all, IsEmpty());
}

TEST_F(Consumers, AreAProblemWhereTheyMayNotBeListed) {
  kube::Config config = support::ApiServer::shared().config();
  config.certificate_pem = config.key_pem = {};
  config.token = support::ApiServer::shared().token(space, "[{apiGroups: [''], resources: [pods], verbs: [list]}]");
  kube::Client poor(config, {});
  const std::vector<spec::Consumer> wanted = {{.selector = {{"matchLabels", {{"app", "shop"}}}}}};
  EXPECT_EQ(reconcile::read_consumers(poor, space, wanted, false).problem, "");
  EXPECT_THAT(reconcile::read_consumers(poor, space, wanted, true).problem, HasSubstr("replicasets"));
}

}  // namespace
