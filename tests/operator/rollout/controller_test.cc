// The controller against a real API server: what it writes, and what others may write against it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/rollout/carry_out.h"
#include "operator/rollout/observe.h"
#include "tests/operator/rollout/stage.h"
#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"

namespace {

using nlohmann::json;
using stage::Stage;
using testing::HasSubstr;

const json kHealth = {{"name", "health"}, {"http", {{"port", 8080}, {"path", "/healthz"}}}};

// In the order of their names, as `kubectl describe` shows them.
std::vector<std::string> events(Stage& stage) {
  std::vector<std::string> reasons;
  for (const kube::Object& each : stage.list(kube::types::event())) {
    if (kube::text_at(each, "/regarding/kind") == "DatabaseRollout") reasons.push_back(each["reason"]);
  }
  return reasons;
}

// operator-protocol, Roll-outs 2 to 4
TEST(RolloutController, SwitchesAServiceFromBlueToGreen) {
  Stage stage(json{{"checks", {kHealth}}, {"verify", {{"checks", {kHealth}}}}});
  stage.look();
  EXPECT_EQ(stage.condition("Ready"), "True/UpToDate");
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Done")) << stage.rollout().dump(1);
  EXPECT_EQ(stage.selected(), "green");
  EXPECT_EQ(stage.replicas("shop-green"), 2);
  EXPECT_EQ(stage.replicas("shop-blue"), 0);
  EXPECT_EQ(stage.condition("Ready"), "True/UpToDate");
  EXPECT_THAT(events(stage), testing::ElementsAre("Adopted", "SequenceStarted", "Started", "Checked", "Expanded",
                                                  "Rechecked", "Approved", "Switched", "Routed", "Verified", "Drained",
                                                  "OldStopped", "Contracted", "SequenceDone"));
}

TEST(RolloutController, SwitchesBackWhenTheVerificationFails) {
  Stage stage(json{{"verify", {{"checks", {kHealth}}}}});
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Verify"));
  EXPECT_EQ(stage.selected(), "green");
  stage.checks_pass = false;
  ASSERT_TRUE(stage.comes_to("Failed")) << stage.rollout().dump(1);
  EXPECT_EQ(stage.selected(), "blue");
  EXPECT_EQ(stage.replicas("shop-blue"), 2);
  EXPECT_EQ(stage.replicas("shop-green"), 0);
  EXPECT_EQ(stage.condition("Stalled"), "True/VerifyFailed");
  EXPECT_EQ(stage.condition("WentBack"), "True/OldServes");
}

// operator-protocol, Trust 1: the operator calls no pod; a Job without token or secret does
TEST(RolloutController, ChecksEachPodOfTheNewColourInAJobOfItsOwn) {
  Stage stage(json{{"checks", {kHealth}}});
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Check"));
  stage.look();
  const std::vector<kube::Object> jobs = stage.list(kube::types::job(), "sluice.dev/rollout=shop");
  ASSERT_EQ(jobs.size(), 1U);
  const json& pod = jobs[0]["spec"]["template"]["spec"];
  EXPECT_EQ(pod["automountServiceAccountToken"], false);
  EXPECT_FALSE(pod.contains("volumes"));
  const json checks = json::parse(pod["containers"][0]["env"][0]["value"].get<std::string>());
  ASSERT_EQ(checks.size(), 2U);
  EXPECT_EQ(checks[0]["http"]["url"], "http://10.9.2.1:8080/healthz");
  EXPECT_EQ(checks[1]["name"], "health of shop-green-1");
  EXPECT_EQ(jobs[0]["metadata"]["ownerReferences"][0]["kind"], "DatabaseRollout");
}

TEST(RestrictedRollout, TakesThePodsOfChecks) {
  Stage stage(json{{"checks", {kHealth}}});
  const kube::ResourceType namespaces{"", "v1", "namespaces", "Namespace", false};
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Check"));
  stage.look();
  json pod = stage.list(kube::types::job(), "sluice.dev/rollout=shop").at(0)["spec"]["template"];
  pod.update({{"apiVersion", "v1"}, {"kind", "Pod"}});
  pod["metadata"]["name"] = "check";
  pod["metadata"]["namespace"] = stage.space();
  const json labels = {{"pod-security.kubernetes.io/enforce", "restricted"}};
  static_cast<void>(stage.api().patch(namespaces, {"", stage.space()}, {{"metadata", {{"labels", labels}}}},
                                      kube::Subresource::kNone));
  EXPECT_EQ(stage.api().create(kube::types::pod(), pod).outcome, kube::CreateOutcome::kCreated);
}

// operator-protocol, Roll-outs 3: a forced apply put the old colour back under live traffic
TEST(RolloutController, NeverFightsOverTheSelectorThatAGitOpsControllerAppliesByForce) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Verify"));
  const support::TemporaryFolder folder;
  const std::string file = folder.write("service.yaml",
                                        "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec:\n"
                                        "  ports: [{port: 80}]\n"
                                        "  selector: {app: shop, colour: blue}\n");
  const support::Finished applied = support::run_program({support::cluster_program("kubectl"), "--kubeconfig",
                                                          support::ApiServer::shared().kubeconfig_file(), "--namespace",
                                                          stage.space(), "apply", "--server-side", "--force-conflicts",
                                                          "--field-manager", "argocd-controller", "--filename", file});
  ASSERT_EQ(applied.code, 0) << applied.err;
  for (int i = 0; i < 5; ++i) {
    stage.follow();
    stage.look();
    stage.clock.advance(std::chrono::seconds(60));
  }
  EXPECT_EQ(stage.selected(), "blue");
  EXPECT_EQ(stage.condition("Contested"), "True/Contested");
  EXPECT_EQ(stage.condition("Stalled"), "True/Contested");
  EXPECT_EQ(stage.replicas("shop-blue"), 2);
  EXPECT_EQ(stage.replicas("shop-green"), 2);
  stage.annotate("sluice.dev/abort", "1");
  ASSERT_TRUE(stage.comes_to("Failed"));
  EXPECT_EQ(stage.selected(), "blue");
  EXPECT_EQ(stage.replicas("shop-green"), 0);
}

// operator-protocol, Roll-outs 3: when Git declares no selector, ours stays
TEST(RolloutController, KeepsItsSelectorWhenGitAppliesAServiceWithoutOne) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Done"));
  const json service = {{"apiVersion", "v1"},
                        {"kind", "Service"},
                        {"metadata", {{"name", "shop"}, {"namespace", stage.space()}}},
                        {"spec", {{"ports", {{{"port", 80}}}}}}};
  static_cast<void>(stage.api().apply(kube::types::service(), service, {.field_manager = "argocd-controller"}));
  EXPECT_EQ(stage.selected(), "green");
  stage.look();
  EXPECT_EQ(stage.condition("Ready"), "True/UpToDate");
}

/// What was decided for the sequence's step, carried out after `meanwhile`.
rollout::Carried carried_out_after(Stage& stage, const std::function<void()>& meanwhile) {
  const std::optional<rollout::Observed> seen = rollout::observe(stage.api(), stage.clock, {stage.space(), "shop"});
  const rollout::Decision decision = rollout::decide(*seen);
  EXPECT_NE(decision.action.index(), 0U);
  meanwhile();
  return rollout::carry_out(*seen, decision, stage.api(), {.migrator_image = "localhost/sluice:test"});
}

// operator-protocol, Status 4; Roll-outs 3: with the resourceVersion of what was seen
TEST(RolloutController, WritesNothingOnTopOfAServiceThatItDidNotSee) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Switch"));
  stage.follow();
  EXPECT_EQ(carried_out_after(stage,
                              [&] {
                                static_cast<void>(stage.api().patch(
                                    kube::types::service(), {stage.space(), "shop"},
                                    {{"spec", {{"selector", {{"app", "maintenance"}}}}}}, kube::Subresource::kNone));
                              }),
            rollout::Carried::kOutdated);
  const kube::Object service = *stage.api().get(kube::types::service(), {stage.space(), "shop"});
  EXPECT_EQ(kube::text_at(service, "/spec/selector/app"), "maintenance");
  stage.look();
  EXPECT_EQ(stage.condition("Contested"), "True/Contested");
}

TEST(RolloutController, ScalesNoDeploymentThatItDidNotSee) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Start"));
  EXPECT_EQ(
      carried_out_after(stage,
                        [&] {
                          static_cast<void>(stage.api().patch(kube::types::deployment(), {stage.space(), "shop-green"},
                                                              {{"spec", {{"replicas", 7}}}}, kube::Subresource::kNone));
                        }),
      rollout::Carried::kOutdated);
  EXPECT_EQ(stage.replicas("shop-green"), 7);
}

kube::Object with(Stage& stage, const json& changes) {
  json spec = stage.rollout()["spec"];
  spec.merge_patch(changes);
  return {{"apiVersion", "sluice.dev/v1alpha1"},
          {"kind", "DatabaseRollout"},
          {"metadata", {{"name", "other"}, {"namespace", stage.space()}}},
          {"spec", spec}};
}

std::string refusal(Stage& stage, const json& changes) {
  try {
    static_cast<void>(stage.api().create(kube::types::database_rollout(), with(stage, changes)));
  } catch (const std::exception& error) {
    return error.what();
  }
  return "taken";
}

TEST(RolloutCrd, RefusesWhatCannotWork) {
  Stage stage;
  EXPECT_THAT(refusal(stage, {{"drainDelay", "29s"}}), HasSubstr("at least 30s"));
  EXPECT_THAT(refusal(stage, {{"green", "shop-blue"}}), HasSubstr("two Deployments"));
  EXPECT_THAT(refusal(stage, {{"target", "Red"}}), HasSubstr("Red"));
  EXPECT_THAT(refusal(stage, {{"checks", {{{"name", "a"}}}}}), HasSubstr("exactly one of http, tcp"));
  EXPECT_THAT(refusal(stage, {{"checks", {{{"name", "a"}, {"http", {{"path", "/"}}}}}}}),
              HasSubstr("exactly one of port, url"));
  EXPECT_EQ(refusal(stage, {{"drainDelay", "1m"}}), "taken");
}

TEST(RolloutCrd, DoesNotLetTheColoursBeChanged) {
  Stage stage;
  const std::vector<json> changes = {{{"service", "another"}},
                                     {{"blue", "another"}},
                                     {{"green", "another"}},
                                     {{"migrationRef", {{"name", "another"}}}}};
  for (const json& change : changes) {
    EXPECT_THROW(static_cast<void>(stage.api().patch(kube::types::database_rollout(), {stage.space(), "shop"},
                                                     {{"spec", change}}, kube::Subresource::kNone)),
                 std::exception)
        << change;
  }
}

// operator-protocol, Status 1
TEST(RolloutCrd, ShowsAnUnseenResourceAsUnseen) {
  Stage stage;
  EXPECT_EQ(stage.rollout()["status"], (json{{"observedGeneration", -1}}));
}

}  // namespace
