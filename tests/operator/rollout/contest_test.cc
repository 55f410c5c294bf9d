// Others that write what is ours, and what can't be worked with (operator-protocol, Roll-outs 3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/rollout/world.h"

namespace {

using testing::HasSubstr;
using world::Colour;
using world::Step;
using world::World;

std::string contest_message(const World& world) { return kube::find(world.seen.status.conditions, "Ready")->message; }

void expect_contested(World& world) {
  const world::Decision decision = world.look();
  EXPECT_EQ(decision.action.index(), 0U);
  EXPECT_EQ(world.condition("Ready"), "False/Contested");
  EXPECT_EQ(world.condition("Stalled"), "True/Contested");
  EXPECT_EQ(world.condition("Contested"), "True/Contested");
}

TEST(Contested, IsTheOldSelectorAppliedOverTheNewOne) {
  for (const Step at : {Step::kRoute, Step::kVerify, Step::kDrain, Step::kStopOld, Step::kContract}) {
    World world;
    world.look();
    ASSERT_TRUE(world.comes_to(at));
    world.seen.service.selector = world.blue().selector;
    expect_contested(world);
    EXPECT_EQ(world.step(), at);
  }
}

TEST(Contested, EndsByItselfWhenTheSelectorIsAsItWas) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.seen.service.selector = world.blue().selector;
  expect_contested(world);
  world.seen.service.selector = world.green().selector;
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(world.condition("Contested"), "-");
}

TEST(Contested, EndsByAbortWithTheOldColourServing) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.seen.service.selector = world.blue().selector;
  expect_contested(world);
  world.seen.abort = "now";
  world.settle();
  EXPECT_EQ(world.step(), Step::kFailed);
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.green().replicas, 0);
}

TEST(Contested, IsWrittenOnceMoreForTheRetryAnnotation) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.seen.service.selector = world.blue().selector;
  expect_contested(world);
  world.seen.retry = "1";
  world.look();
  EXPECT_EQ(world.step(), Step::kSwitch);
  world.look();
  EXPECT_EQ(world.served(), Colour::kGreen);
  world.seen.service.selector = world.blue().selector;
  expect_contested(world);
}

TEST(Contested, IsASelectorChangedWhileNothingGoesOn) {
  World world;
  world.look();
  world.seen.service.selector = world.green().selector;
  expect_contested(world);
  world.seen.retry = "1";  // as it is
  world.look();
  EXPECT_EQ(world.seen.status.active, Colour::kGreen);
}

TEST(Contested, IsACountThatWasPutBack) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStart));
  world.look();
  world.green().replicas = 1;
  expect_contested(world);
  EXPECT_THAT(contest_message(world), HasSubstr("from 3 to 1"));
}

TEST(Contested, IsAnOldColourScaledUpAgain) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kStopOld));
  world.look();
  world.blue().replicas = 3;
  expect_contested(world);
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kHeld);
}

TEST(Contested, NeverLetsTheNewColourBeStoppedWhileTheServiceSelectsIt) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.seen.abort = "now";
  world.look();
  world.follow();
  world.look();
  ASSERT_EQ(world.served(), Colour::kBlue);
  world.seen.service.selector = world.green().selector;
  for (int i = 0; i < 5; ++i) {
    world.later(std::chrono::minutes(1));
    world.look();
  }
  EXPECT_EQ(world.green().replicas, 3);
  EXPECT_EQ(world.condition("Stalled"), "True/Contested");
}

struct Bad {
  const char* name = "";
  std::function<void(World&)> made = {};
  const char* ready = "";
  const char* says = "";
};

const Bad kBad[] = {
    {"NoBlue", [](World& w) { w.blue() = {}; }, "False/DeploymentNotFound", "shop-blue"},
    {"NoGreen", [](World& w) { w.green() = {}; }, "False/DeploymentNotFound", "shop-green"},
    {"NoService", [](World& w) { w.seen.service = {}; }, "False/ServiceNotFound", "shop"},
    {"NoMigration", [](World& w) { w.seen.migration = {}; }, "False/MigrationNotFound", "db"},
    {"OneSelector", [](World& w) { w.green().selector = w.green().labels = w.blue().selector; }, "False/InvalidSpec",
     "share a selector"},
    {"SelectorOfExpressions", [](World& w) { w.green().selector = nullptr; }, "False/InvalidSpec", "matchLabels"},
    {"ServiceOfBoth",
     [](World& w) {
       w.seen.service.selector = {{"app", "shop"}};
     },
     "False/AmbiguousSelector", "both colours"},
    {"ServiceOfNeither",
     [](World& w) {
       w.seen.service.selector = {{"app", "other"}};
     },
     "False/ForeignSelector", "neither colour"},
    {"ExternalName", [](World& w) { w.seen.service.is_external = true; }, "False/InvalidSpec", "ExternalName"},
    // operator-protocol, Jobs 3
    {"Restore", [](World& w) { w.seen.migration.restores = true; }, "False/InvalidSpec", "restore"},
    {"ContractAtOnce", [](World& w) { w.seen.migration.contracts_at_once = true; }, "False/InvalidSpec", "Expand"},
    {"Rival", [](World& w) { w.seen.rival = "Service shop is DatabaseRollout first's"; }, "False/InUse", "first"},
    {"Spec",
     [](World& w) {
       w.seen.problems = {{"spec.target", "must be Blue or Green"}};
     },
     "False/InvalidSpec", "spec.target"},
};

class BadInput : public testing::TestWithParam<Bad> {};

TEST_P(BadInput, IsSaidAndNothingIsTouched) {
  World world;
  world.wants(Colour::kGreen);
  GetParam().made(world);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.look().action.index(), 0U);
  EXPECT_EQ(world.condition("Ready"), GetParam().ready);
  EXPECT_THAT(contest_message(world), HasSubstr(GetParam().says));
  EXPECT_EQ(world.seen.status.sequence.number, 0);
  const bool heals_by_itself = std::string(GetParam().ready).ends_with("NotFound");
  EXPECT_EQ(world.condition(heals_by_itself ? "Reconciling" : "Stalled").substr(0, 4), "True");
}

INSTANTIATE_TEST_SUITE_P(Of, BadInput, testing::ValuesIn(kBad),
                         [](const testing::TestParamInfo<Bad>& each) { return each.param.name; });

TEST(Rival, InMidSequenceLetsItStandStillAndHoldsTheMigration) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kExpand));
  world.seen.rival = "Deployment shop-green is DatabaseRollout first's";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.look().action.index(), 0U);
  EXPECT_EQ(world.condition("Stalled"), "True/InUse");
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kHeld);
  world.seen.rival = {};
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

TEST(BadInput, OfAServiceThatGoesInMidSequenceIsWaitedFor) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  const rollout::ServiceSeen service = world.seen.service;
  world.seen.service = {};
  world.look();
  EXPECT_EQ(world.condition("Ready"), "False/ServiceNotFound");
  world.seen.service = service;
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

}  // namespace
