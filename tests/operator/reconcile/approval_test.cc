// Plans and their approval: operator-protocol, Jobs 7.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Decision;
using reconcile::Kind;
using std::chrono::seconds;
using story::Story;

const std::string kHash = "abcdef0123456789abcdef";

report::Result plan(bool destructive, int pending, const std::string& hash = kHash) {
  report::Result said = story::result(0);
  said.plan_hash = hash;
  said.destructive = destructive;
  said.pending = pending;
  return said;
}

Story planned(spec::Approval approval, const report::Result& said) {
  Story story;
  story.seen.resource.spec.approval = approval;
  EXPECT_EQ(story.look().start->kind, Kind::kPlan);
  story.ends(said);
  return story;
}

TEST(Approval, PlansFirstAndWaits) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  EXPECT_EQ(story.state(), "False/-/-/AwaitingApproval");
  EXPECT_EQ(story.condition("Approved"), "False/AwaitingApproval");
  EXPECT_EQ(story.seen.status.plan->hash, kHash);
  EXPECT_EQ(story.seen.status.plan->steps, 2);
  EXPECT_FALSE(story.look().start);
}

TEST(Approval, RunsTheApprovedPlanAndNoOther) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.approve = "some other plan";
  EXPECT_FALSE(story.look().start);
  story.seen.approve = kHash;
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->kind, Kind::kRun);
  EXPECT_EQ(decision.start->approved_plan, kHash);
  EXPECT_EQ(story.seen.status.handled.approve, kHash);
  story.ends(0);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(story.condition("Approved"), "True/PlanApproved");
}

TEST(Approval, TakesTheFirstTwelveCharactersForTheHashButNoFewer) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.approve = kHash.substr(0, 11);
  EXPECT_FALSE(story.look().start);
  story.seen.approve = kHash.substr(0, 12);
  EXPECT_TRUE(story.look().start);
}

TEST(Approval, IsNotNeededForAHarmlessPlanWhenOnlyDestructiveOnesAre) {
  Story story = planned(spec::Approval::kDestructive, plan(false, 2));
  EXPECT_EQ(story.live().attempt, 2);
  EXPECT_EQ(story.seen.status.run.approved_plan, kHash);
}

TEST(Approval, IsNeededForADestructivePlan) {
  EXPECT_EQ(planned(spec::Approval::kDestructive, plan(true, 2)).state(), "False/-/-/AwaitingApproval");
}

TEST(Approval, IsNotNeededWhereNothingIsPending) {
  EXPECT_EQ(planned(spec::Approval::kAlways, plan(false, 0)).seen.status.run.kind, Kind::kRun);
}

TEST(Approval, PlansAnewWhenTheContentChangesBeforeItWasGiven) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.content.digest = "d2";
  story.seen.approve = kHash;
  EXPECT_EQ(story.look().start->kind, Kind::kPlan);
  story.ends(plan(true, 3, "ffff0123456789"));
  EXPECT_EQ(story.state(), "False/-/-/AwaitingApproval");
}

// Exit 40: the plan differs from the approved one
TEST(Approval, AsksAgainWhenThePlanHadChangedMeanwhile) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.approve = kHash;
  story.look();
  report::Result refused = plan(true, 3, "ffff0123456789");
  refused.code = report::ExitCode::kRefused;
  story.ends(refused);
  EXPECT_EQ(story.state(), "False/-/-/AwaitingApproval");
  EXPECT_EQ(story.seen.status.plan->hash, "ffff0123456789");
  story.seen.approve = "ffff0123456789";
  EXPECT_TRUE(story.look().start);
}

TEST(Approval, DoesNotGoRoundWhenTheVeryPlanIsRefused) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.approve = kHash;
  story.look();
  report::Result refused = plan(false, 2);
  refused.code = report::ExitCode::kRefused;
  story.ends(refused);
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Approval, IsAskedForWhereTheMigratorItselfRefuses) {
  Story story;
  story.look();
  report::Result refused = plan(true, 1);
  refused.code = report::ExitCode::kRefused;
  story.ends(refused);
  EXPECT_EQ(story.state(), "False/-/-/AwaitingApproval");
  story.seen.approve = kHash;
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->approved_plan, kHash);
}

TEST(Approval, RetriesAPlanThatCouldNotReachTheDatabase) {
  Story story;
  story.seen.resource.spec.approval = spec::Approval::kAlways;
  story.look();
  story.ends(10);
  story.later(seconds(10));
  EXPECT_EQ(story.look().start->kind, Kind::kPlan);
}

TEST(Approval, PlansAnewForTheNextRunOnceAPlanWasCarriedOut) {
  Story story = planned(spec::Approval::kAlways, plan(false, 2));
  story.seen.approve = kHash;
  story.look();
  story.ends(0);
  story.seen.retry = "1";
  EXPECT_EQ(story.look().start->kind, Kind::kPlan);
}

}  // namespace
