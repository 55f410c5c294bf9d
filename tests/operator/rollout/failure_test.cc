// What fails, and what serves afterwards.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/operator/rollout/world.h"

namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using world::Colour;
using world::kOneCheck;
using world::Step;
using world::World;

struct Failure {
  const char* name = "";
  Step at = Step::kStart;
  std::function<void(World&)> happens = {};
  const char* reason = "";
  bool was_switched = false;
};

void fails_check(World& world) {
  world.checks_pass = false;
  world.look();
  world.checks_end(24, "check health of green-0 failed: status 500");
}

void aborts(World& world) { world.seen.abort = "now"; }

const Failure kFailures[] = {
    {"PodsNeverReady", Step::kStart,
     [](World& world) {
       world.look();
       world.breaks(Colour::kGreen);
       world.later(minutes(11));
     },
     "StartFailed"},
    {"CheckFails", Step::kCheck, fails_check, "CheckFailed"},
    {"MigrationFails", Step::kExpand, [](World& world) { world.migration("Stalled", "MigrationFailed"); },
     "MigrationFailed"},
    {"RestoreIsAskedForInMidSequence", Step::kExpand, [](World& world) { world.seen.migration.restores = true; },
     "InvalidSpec"},
    {"CheckFailsAfterExpand", Step::kRecheck, fails_check, "CheckFailed"},
    {"PodsFallBeforeTheSwitch", Step::kSwitch,
     [](World& world) {
       world.breaks(Colour::kGreen);
       world.later(minutes(11));
     },
     "SwitchFailed", true},
    {"PodsFallAtTheSwitch", Step::kRoute, [](World& world) { world.breaks(Colour::kGreen); }, "RouteFailed", true},
    {"EndpointsNeverFollow", Step::kRoute,
     [](World& world) {
       world.seen.endpoints = {{"blue-0", "10.0.1.0", true}};
       world.later(minutes(11));
     },
     "RouteFailed", true},
    {"CheckFailsInVerification", Step::kVerify, fails_check, "VerifyFailed", true},
    {"PodsFallInVerification", Step::kVerify, [](World& world) { world.breaks(Colour::kGreen); }, "VerifyFailed", true},
    {"PodsFallWhileTheOldDrain", Step::kDrain, [](World& world) { world.breaks(Colour::kGreen); }, "DrainFailed", true},
    {"AbortAtStart", Step::kStart, aborts, "Aborted"},
    {"AbortAtCheck", Step::kCheck, aborts, "Aborted"},
    {"AbortAtExpand", Step::kExpand, aborts, "Aborted"},
    {"AbortAtRecheck", Step::kRecheck, aborts, "Aborted"},
    {"AbortAtApprove", Step::kApprove, aborts, "Aborted"},
    {"AbortAtSwitch", Step::kSwitch, aborts, "Aborted", true},
    {"AbortAtRoute", Step::kRoute, aborts, "Aborted", true},
    {"AbortAtVerify", Step::kVerify, aborts, "Aborted", true},
    {"AbortAtDrain", Step::kDrain, aborts, "Aborted", true},
};

class Failures : public testing::TestWithParam<Failure> {};

World at_the_failure(const Failure& failure) {
  World world;
  world.seen.spec.checks = world.seen.spec.verify.checks = kOneCheck;
  world.seen.spec.approval = rollout::Approval::kRequired;
  world.look();
  if (failure.at > Step::kApprove) {
    EXPECT_TRUE(world.comes_to(Step::kApprove));
    world.seen.approve = world.seen.status.sequence.id;
  }
  EXPECT_TRUE(world.comes_to(failure.at));
  return world;
}

// operator-protocol, Roll-outs 4 (guides D4: failure at any step leaves the old colour serving)
TEST_P(Failures, LeaveTheOldColourServingWithItsReplicas) {
  World world = at_the_failure(GetParam());
  GetParam().happens(world);
  world.look();
  EXPECT_EQ(world.seen.status.sequence.reason, GetParam().reason);
  world.settle();
  EXPECT_EQ(world.step(), Step::kFailed);
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.seen.status.active, Colour::kBlue);
  EXPECT_EQ(world.blue().replicas, 3);
  EXPECT_EQ(world.green().replicas, 0);
  EXPECT_EQ(world.condition("Ready"), std::string("False/") + GetParam().reason);
  EXPECT_EQ(world.condition("Stalled"), std::string("True/") + GetParam().reason);
  EXPECT_EQ(world.condition("Reconciling"), "-");
  EXPECT_EQ(world.condition("WentBack"), "True/OldServes");
}

TEST_P(Failures, AreNotTriedAgainByThemselves) {
  World world = at_the_failure(GetParam());
  GetParam().happens(world);
  world.look();
  world.settle();
  world.later(minutes(60));
  EXPECT_FALSE(world.look().status);
  EXPECT_EQ(world.seen.status.sequence.number, 1);
}

// operator-protocol, Roll-outs 4: connections on the colour that loses the traffic end by themselves
TEST_P(Failures, DrainTheNewColourOnlyWhereItMayHaveHadTraffic) {
  World world = at_the_failure(GetParam());
  GetParam().happens(world);
  world.look();
  const bool drains = GetParam().was_switched;
  EXPECT_EQ(world.step(), drains ? Step::kSwitchBack : Step::kStopNew);
  if (!drains) return;
  ASSERT_TRUE(world.comes_to(Step::kDrainBack));
  world.later(seconds(29));
  world.look();
  EXPECT_EQ(world.step(), Step::kDrainBack);
}

INSTANTIATE_TEST_SUITE_P(Of, Failures, testing::ValuesIn(kFailures),
                         [](const testing::TestParamInfo<Failure>& each) { return each.param.name; });

World failed_in_verification() {
  World world;
  world.seen.spec.verify.checks = kOneCheck;
  EXPECT_TRUE(world.comes_to(Step::kVerify));
  fails_check(world);
  world.look();
  world.settle();
  world.checks_pass = true;
  return world;
}

TEST(Failed, SaysWhatFailedWhoServesAndWhatToDo) {
  const World world = failed_in_verification();
  const kube::Condition* ready = kube::find(world.seen.status.conditions, "Ready");
  EXPECT_THAT(ready->message, HasSubstr("status 500"));
  EXPECT_THAT(ready->message, HasSubstr("shop-blue serves"));
  EXPECT_THAT(ready->message, HasSubstr("sluice.dev/retry"));
  EXPECT_EQ(world.condition("Verified"), "False/VerifyFailed");
  EXPECT_EQ(world.condition("Switched"), "False/SwitchedBack");
  EXPECT_EQ(world.condition("Expanded"), "True/Passed");
}

// operator-protocol, Roll-outs 2
TEST(Failed, IsTriedAgainWithAnotherTemplate) {
  World world = failed_in_verification();
  world.green().template_hash = "repaired";
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(world.served(), Colour::kGreen);
}

TEST(Failed, IsTriedAgainWithAnotherSpec) {
  World world = failed_in_verification();
  ++world.seen.generation;
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

TEST(Failed, IsTriedAgainOnceForTheRetryAnnotation) {
  World world = failed_in_verification();
  world.seen.retry = "1";
  world.look();
  EXPECT_EQ(world.seen.status.sequence.number, 2);
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  fails_check(world);
  world.look();
  world.settle();
  EXPECT_EQ(world.seen.status.sequence.number, 2);
  EXPECT_EQ(world.condition("Stalled"), "True/VerifyFailed");
}

TEST(Failed, IsForgottenWhenTheTargetIsTheActiveOneAgain) {
  World world = failed_in_verification();
  world.wants(Colour::kBlue);
  world.look();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

TEST(Checks, ThatWereLostRunAgainThreeTimesAtMost) {
  World world;
  world.seen.spec.checks = kOneCheck;
  world.checks_pass = false;
  ASSERT_TRUE(world.comes_to(Step::kCheck));
  std::set<std::string> jobs;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(world.step(), Step::kCheck);
    world.look();
    jobs.insert(world.seen.status.sequence.job);
    world.checks_end(70);
    world.look();
    world.seen.check = {};
  }
  EXPECT_EQ(jobs.size(), 3U);
  EXPECT_EQ(world.seen.status.sequence.reason, "CheckFailed");
}

TEST(SwitchBack, WaitsForTheOldColourRatherThanSelectNobody) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.seen.abort = "now";
  world.look();
  world.breaks(Colour::kBlue);
  EXPECT_EQ(world.look().action.index(), 0U);
  EXPECT_EQ(world.served(), Colour::kGreen);
}

TEST(SwitchBack, ScalesUpAnOldColourThatSomebodyStopped) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kVerify));
  world.blue().replicas = 0;
  world.follow();
  world.seen.abort = "now";
  world.settle();
  EXPECT_EQ(world.served(), Colour::kBlue);
  EXPECT_EQ(world.blue().replicas, 3);
}

TEST(FirstRollout, ThatFailsSaysThatNothingServedBefore) {
  World world;
  world.seen.service.selector = nlohmann::json::object();
  world.migration("Stalled", "MigrationFailed");
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "False/MigrationFailed");
  world.migration("True", "UpToDate");
  world.seen.retry = "1";
  world.settle();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

}  // namespace
