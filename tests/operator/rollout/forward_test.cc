// The good sequence, step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/rollout/world.h"

namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using world::Colour;
using world::Step;
using world::World;

// operator-protocol, Roll-outs 2
TEST(Rollout, TakesOverTheColourThatTheServiceSelects) {
  World world;
  world.look();
  EXPECT_EQ(world.seen.status.active, Colour::kBlue);
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  EXPECT_THAT(world.told, ElementsAre("Adopted"));
}

TEST(Rollout, HasNothingToDoWhileTheTargetIsActive) {
  World world;
  world.look();
  EXPECT_FALSE(world.look().status);
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kHeld);
}

// operator-protocol, Roll-outs 2 and 4
TEST(Rollout, GoesThroughItsStepsInOrder) {
  World world;
  world.look();
  world.told.clear();
  world.wants(Colour::kGreen);
  world.settle();
  EXPECT_THAT(world.told,
              ElementsAre("SequenceStarted", "Started", "Checked", "Expanded", "Rechecked", "Approved", "Switched",
                          "Routed", "Verified", "Drained", "OldStopped", "Contracted", "SequenceDone"));
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(world.served(), Colour::kGreen);
  EXPECT_EQ(world.green().replicas, 3);
  EXPECT_EQ(world.blue().replicas, 0);
}

TEST(Rollout, ShowsEachStepAsACondition) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  EXPECT_EQ(world.condition("Ready"), "False/Verifying");
  EXPECT_EQ(world.condition("Reconciling"), "True/Verifying");
  for (const char* passed : {"Started", "Checked", "Expanded", "Rechecked", "Approved", "Switched", "Routed"}) {
    EXPECT_EQ(world.condition(passed), "True/Passed") << passed;
  }
  EXPECT_EQ(world.condition("Verified"), "False/Verifying");
  EXPECT_EQ(world.condition("Drained"), "-");
}

// operator-protocol, Roll-outs 3: one write, then the count is an autoscaler's
TEST(Start, ScalesTheNewColourToTheActiveOnesCountOnce) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStart));
  const world::Decision decision = world.look();
  EXPECT_EQ(std::get<rollout::Scale>(decision.action), (rollout::Scale{"shop-green", "1", 3}));
  world.green().replicas = 5;
  EXPECT_EQ(world.look().action.index(), 0U);
}

TEST(Start, LeavesACountThatAnAutoscalerLowered) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStart));
  world.look();
  world.green().replicas = 2;
  world.green().autoscaled = true;
  world.follow();
  world.look();
  EXPECT_EQ(world.step(), Step::kCheck);
}

TEST(Start, WaitsUntilAllPodsAreOfTheNewTemplateAndAvailable) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStart));
  world.look();
  world.follow();
  world.green().settled = false;
  world.look();
  EXPECT_EQ(world.step(), Step::kStart);
  world.green().settled = true;
  world.green().available = 2;
  world.look();
  EXPECT_EQ(world.step(), Step::kStart);
  world.green().available = 3;
  world.look();
  EXPECT_EQ(world.step(), Step::kCheck);
}

TEST(Expand, IsTheOnlyStepAtWhichTheMigrationMayExpand) {
  World world;
  world.look();
  world.wants(Colour::kGreen);
  world.migration("False", "HeldByRollout");
  std::vector<Step> at;
  for (int i = 0; i < 40; ++i) {
    world.follow();
    world.look();
    if (world.seen.status.migration == rollout::Permission::kExpand) {
      EXPECT_EQ(world.step(), Step::kExpand);
      if (i > 20) world.migration("True", "UpToDate");
    }
    at.push_back(world.step());
  }
  EXPECT_THAT(at, testing::Contains(Step::kRecheck));
}

TEST(Expand, WaitsForTheMigrationToBeReady) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kExpand));
  world.migration("False", "Running");
  for (int i = 0; i < 3; ++i) world.look();
  EXPECT_EQ(world.step(), Step::kExpand);
  world.migration("True", "ExpandComplete");
  world.look();
  EXPECT_EQ(world.step(), Step::kRecheck);
}

TEST(Approve, WaitsForTheAnnotationWithTheSequencesId) {
  World world;
  world.seen.spec.approval = rollout::Approval::kRequired;
  ASSERT_TRUE(world.comes_to(Step::kApprove));
  world.seen.approve = "another";
  world.look();
  EXPECT_EQ(world.condition("Ready"), "False/AwaitingApproval");
  EXPECT_EQ(world.condition("Reconciling"), "-");
  EXPECT_EQ(world.condition("Stalled"), "-");
  world.seen.approve = world.seen.status.sequence.id;
  world.look();
  EXPECT_EQ(world.step(), Step::kSwitch);
  EXPECT_EQ(world.seen.status.handled.approve, world.seen.status.sequence.id);
}

TEST(Approve, OfAnotherTemplateIsWorthNothing) {
  World world;
  world.seen.spec.approval = rollout::Approval::kRequired;
  ASSERT_TRUE(world.comes_to(Step::kApprove));
  world.seen.approve = world.seen.status.sequence.id;
  world.green().template_hash = "changed";
  world.look();
  EXPECT_EQ(world.step(), Step::kStart);
  EXPECT_NE(world.seen.approve, world.seen.status.sequence.id);
}

TEST(Switch, ScalesUpFirstWhatAnAutoscalerLoweredMeanwhile) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kSwitch));
  world.green().replicas = 1;
  world.green().autoscaled = true;
  world.follow();
  EXPECT_EQ(std::get<rollout::Scale>(world.look().action).replicas, 3);
  world.follow();
  EXPECT_TRUE(std::holds_alternative<rollout::SetSelector>(world.look().action));
}

TEST(Switch, WritesTheSelectorOfTheNewDeploymentOverTheServiceItSaw) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kSwitch));
  const world::Decision decision = world.look();
  EXPECT_EQ(std::get<rollout::SetSelector>(decision.action), (rollout::SetSelector{world.green().selector, "1"}));
  EXPECT_EQ(world.seen.status.active, Colour::kGreen);
}

TEST(Route, WaitsUntilEndpointSlicesHoldOnlyTheNewColour) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kRoute));
  world.seen.endpoints.push_back({"blue-0", "10.0.1.0", false});
  world.look();
  EXPECT_EQ(world.step(), Step::kRoute);
  world.follow();
  world.look();
  EXPECT_EQ(world.step(), Step::kVerify);
}

TEST(Verify, TakesItsTimeEvenWhereTheChecksHavePassed) {
  World world;
  world.seen.spec.verify.checks = {{.name = "health", .is_http = true, .port = 80}};
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.look();
  world.checks_end(0);
  world.later(seconds(59));
  world.look();
  EXPECT_EQ(world.step(), Step::kVerify);
  world.later(seconds(1));
  world.look();
  EXPECT_EQ(world.step(), Step::kDrain);
}

// operator-protocol, Roll-outs 4
TEST(Drain, LetsTheOldColourRunOnForItsDelay) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kDrain));
  world.later(seconds(29));
  world.look();
  EXPECT_EQ(world.step(), Step::kDrain);
  EXPECT_EQ(world.blue().replicas, 3);
  world.later(seconds(1));
  world.look();
  EXPECT_EQ(world.step(), Step::kStopOld);
}

// operator-protocol, Roll-outs 4: all old pods gone, Terminating ones too, before contract
TEST(StopOld, WaitsForTheLastPod) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStopOld));
  world.look();
  EXPECT_EQ(world.blue().replicas, 0);
  world.blue().pods = {{"blue-2", "10.0.1.2", false}};
  world.look();
  EXPECT_EQ(world.step(), Step::kStopOld);
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kHeld);
  world.blue().pods.clear();
  world.look();
  EXPECT_EQ(world.step(), Step::kContract);
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kContract);
}

// Nobody served before: the schema comes first, since the first code can't start without one
TEST(FirstRollout, ExpandsBeforeItStarts) {
  World world;
  world.seen.service.selector = nlohmann::json::object();
  world.settle();
  EXPECT_THAT(world.told, ElementsAre("SequenceStarted", "Expanded", "Started", "Checked", "Approved", "Switched",
                                      "Routed", "Verified", "OldStopped", "Contracted", "SequenceDone"));
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

TEST(Rollout, SwitchesThereAndBackAgain) {
  World world;
  world.look();
  for (const Colour each : {Colour::kGreen, Colour::kBlue, Colour::kGreen}) {
    world.wants(each);
    world.settle();
    EXPECT_EQ(world.served(), each);
    EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  }
  EXPECT_EQ(world.seen.status.history.size(), 3U);
}

// operator-protocol, Roll-outs 2: not ours to gate
TEST(ActiveChanged, IsShownAndNothingIsDone) {
  World world;
  world.look();
  world.told.clear();
  world.blue().template_hash = "changed";
  world.look();
  EXPECT_EQ(world.condition("ActiveChanged"), "True/TemplateChanged");
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  world.look();
  EXPECT_THAT(world.told, ElementsAre("ActiveChanged"));
}

}  // namespace
