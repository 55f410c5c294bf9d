// What a person changes while a sequence goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/rollout/world.h"

namespace {

using world::Colour;
using world::kOneCheck;
using world::Step;
using world::World;

TEST(TargetChanged, InMidSequenceGoesBack) {
  for (const Step at : {Step::kCheck, Step::kVerify}) {
    World world;
    world.seen.spec.checks = kOneCheck;
    ASSERT_TRUE(world.comes_to(at));
    world.wants(Colour::kBlue);
    world.settle();
    EXPECT_EQ(world.served(), Colour::kBlue);
    EXPECT_EQ(world.green().replicas, 0);
    EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  }
}

TEST(TargetChanged, AfterTheOldColourIsStoppedIsANewSequence) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStopOld));
  world.look();
  world.wants(Colour::kBlue);
  world.settle();
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.seen.status.sequence.number, 2);
}

TEST(Abort, ComesTooLateWhenTheOldColourIsStopped) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStopOld));
  world.look();
  world.seen.abort = "now";
  world.settle();
  EXPECT_EQ(world.served(), Colour::kGreen);
  EXPECT_THAT(world.told, testing::Contains("TooLateToAbort"));
}

TEST(Abort, ThatCameWhileNothingWentOnDoesNotEndALaterSequence) {
  World world;
  world.seen.abort = "earlier";
  world.look();
  world.wants(Colour::kGreen);
  world.settle();
  EXPECT_EQ(world.served(), Colour::kGreen);
}

TEST(TemplateChanged, BeforeTheSwitchBeginsAgain) {
  World world;
  world.seen.spec.checks = kOneCheck;
  ASSERT_TRUE(world.comes_to(Step::kRecheck));
  const std::string id = world.seen.status.sequence.id;
  world.green().template_hash = "changed";
  world.look();
  EXPECT_EQ(world.step(), Step::kStart);
  EXPECT_NE(world.seen.status.sequence.id, id);
  world.settle();
  EXPECT_EQ(world.served(), Colour::kGreen);
}

// What was verified no longer runs: back at once, and the changed template has a sequence of its own
TEST(TemplateChanged, AfterTheSwitchGoesBackAndBeginsAnew) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.green().template_hash = "changed";
  world.look();
  EXPECT_EQ(world.step(), Step::kSwitchBack);
  world.look();
  EXPECT_EQ(world.served(), Colour::kBlue);
  world.settle();
  EXPECT_EQ(world.seen.status.history.back().reason, "TemplateChanged");
  EXPECT_EQ(world.seen.status.sequence.number, 2);
  EXPECT_EQ(world.served(), Colour::kGreen);
}

TEST(Deployment, DeletedInVerificationSwitchesBack) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.green() = {};
  world.settle();
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.step(), Step::kFailed);
  EXPECT_EQ(world.condition("Ready"), "False/DeploymentNotFound");
}

}  // namespace
