// Two DatabaseRollouts that name one Service or one Deployment: one of them goes on, the other says why it doesn't.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/rollout/stage.h"

namespace {

using stage::Stage;
using testing::HasSubstr;

std::string message(Stage& stage, const std::string& name) {
  const kube::Object seen = stage.rollout(name);
  return kube::text_at(seen, "/status/conditions/0/message");
}

void expect_in_use(Stage& stage, const std::string& name, const std::string& what) {
  stage.look(name);
  EXPECT_EQ(stage.condition("Ready", name), "False/InUse");
  EXPECT_EQ(stage.condition("Stalled", name), "True/InUse");
  EXPECT_THAT(message(stage, name), HasSubstr(what));
  EXPECT_EQ(kube::value_at(stage.rollout(name), "/status/sequence/number"), nullptr);
}

TEST(TwoOnOneService, TheSecondWaitsUntilTheFirstIsDeleted) {
  Stage stage;
  stage.look();
  stage.add_rollout("twin");
  expect_in_use(stage, "twin", "Service shop is DatabaseRollout shop's");
  EXPECT_EQ(stage.replicas("shop-green"), 0);
  stage.wants("Green");
  for (int i = 0; i < 80 && stage.step() != "Done"; ++i) {
    stage.follow();
    stage.look("twin");
    stage.look();
    stage.clock.advance(std::chrono::seconds(5));
    ASSERT_EQ(stage.condition("Contested"), "-");
  }
  EXPECT_EQ(stage.step(), "Done");
  expect_in_use(stage, "twin", "Service shop");
  stage.remove_rollout("shop");
  stage.look("twin");
  EXPECT_EQ(stage.condition("Ready", "twin"), "True/UpToDate");
  EXPECT_EQ(stage.selected(), "green");
  EXPECT_EQ(stage.replicas("shop-green"), 2);
}

// Its colour that is stopped could be the other's that serves.
TEST(TwoOnOneService, OneDeploymentBehindAnotherServiceIsHeldBackToo) {
  Stage stage;
  stage.look();
  stage.add_rollout("twin", {{"service", "other"}, {"blue", "shop-green"}, {"green", "other-green"}});
  expect_in_use(stage, "twin", "Deployment shop-green is DatabaseRollout shop's");
}

TEST(TwoOnOneService, ALateComerNeverStopsASequence) {
  Stage stage;
  stage.look();
  stage.wants("Green");
  ASSERT_TRUE(stage.comes_to("Verify"));
  stage.add_rollout("a-late-one", {{"target", "Blue"}});  // by name it would come first
  expect_in_use(stage, "a-late-one", "Service shop is DatabaseRollout shop's");
  ASSERT_TRUE(stage.comes_to("Done"));
  EXPECT_EQ(stage.selected(), "green");
}

TEST(TwoOnOneService, OnlyTheMigrationMayBeShared) {
  Stage stage;
  stage.look();
  stage.add_rollout("twin", {{"service", "other"}, {"blue", "other-blue"}, {"green", "other-green"}});
  stage.look("twin");
  EXPECT_EQ(stage.condition("Ready", "twin"), "False/DeploymentNotFound");
}

}  // namespace
