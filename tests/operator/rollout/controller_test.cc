// The controller against a real API server: what it writes, and what others may write against it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

// operator-protocol, Status 4
TEST(RolloutController, WritesNothingOnTopOfAServiceThatItDidNotSee) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Switch"));
  const kube::Object service = *stage.api().get(kube::types::service(), {stage.space(), "shop"});
  const json late = {{"apiVersion", "v1"},
                     {"kind", "Service"},
                     {"metadata", {{"name", "shop"}, {"namespace", stage.space()}, {"resourceVersion", "1"}}},
                     {"spec", {{"selector", {{"colour", "green"}}}}}};
  EXPECT_EQ(stage.api().apply(kube::types::service(), late, {}).outcome, kube::WriteOutcome::kConflict);
  EXPECT_EQ(stage.selected(), "blue");
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
  EXPECT_THROW(static_cast<void>(stage.api().patch(kube::types::database_rollout(), {stage.space(), "shop"},
                                                   {{"spec", {{"service", "another"}}}}, kube::Subresource::kNone)),
               std::exception);
}

// operator-protocol, Status 1
TEST(RolloutCrd, ShowsAnUnseenResourceAsUnseen) {
  Stage stage;
  EXPECT_EQ(stage.rollout()["status"], (json{{"observedGeneration", -1}}));
}

}  // namespace
