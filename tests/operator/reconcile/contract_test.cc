// What contract waits for, and how it runs beside the last run: operator-protocol, Roll-outs 1.
#include <gmock/gmock.h>

#include "tests/operator/reconcile/expanding.h"

namespace {

using reconcile::Kind;
using std::chrono::seconds;
using story::after_expand;
using story::contract_message;
using story::contracted;
using story::expanded;
using story::ObservedConsumer;
using story::pod;
using story::said;
using story::silent;
using story::Story;
using story::with_consumers;
using testing::HasSubstr;

// operator-protocol, Status 2
TEST(Contract, WaitsForOldCodeWithoutHoldingReadyBack) {
  Story story = after_expand({pod("new", "shop>=002"), pod("old", "shop>=001")}, "+c");
  EXPECT_EQ(story.state(), "True/-/-/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  EXPECT_THAT(contract_message(story), HasSubstr("1 of 2 counted: Pod old: needs no more than 001"));
  EXPECT_FALSE(story.has_live());
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Contract, RunsAfterAMinuteWithoutOldCodeAndWithoutAnyChange) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  EXPECT_EQ(story.condition("Contracted"), "False/WaitingForQuiet");
  story.later(seconds(59));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(1));
  const auto decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->kind, Kind::kContract);
  EXPECT_EQ(decision.start->questions, std::vector<std::string>{"002"});
  EXPECT_EQ(decision.start->expect_answers, "c");
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/ContractRunning");
  story.runs();
  story.look();
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  story.ends(contracted("c"));
  EXPECT_EQ(story.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(story.condition("Contracted"), "True/NothingPending");
  EXPECT_EQ(story.seen.status.heads, std::vector<std::string>{"003"});
  EXPECT_EQ(story.seen.status.run.kind, Kind::kRun);
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Contract, BeginsItsMinuteAnewWithEachChangeAmongConsumers) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(50));
  story.seen.consumers.all.push_back(pod("another", "shop>=002"));
  story.look();
  story.later(seconds(50));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(10));
  EXPECT_TRUE(story.look().start);
}

TEST(Contract, RunsWhereNobodyUsesTheDatabaseAnyMore) {
  Story story = after_expand({}, "");
  story.later(seconds(60));
  EXPECT_EQ(story.look().start->kind, Kind::kContract);
}

TEST(Contract, WaitsForATerminatingPodAndSaysSo) {
  ObservedConsumer old = pod("old", "shop>=001");
  old.terminating = true;
  Story story = after_expand({old, pod("new", "shop>=002")}, "+c");
  EXPECT_THAT(contract_message(story), HasSubstr("Pod old (terminating)"));
  story.seen.consumers.all.erase(story.seen.consumers.all.begin());
  story.look();
  story.later(seconds(60));
  EXPECT_TRUE(story.look().start);
}

TEST(Contract, WaitsForTemplatesThatCouldMakeOldPods) {
  Story story = after_expand({pod("new", "shop>=002"), silent("CronJob", "nightly")}, "c");
  EXPECT_THAT(contract_message(story), HasSubstr("CronJob nightly: has no annotation sluice.dev/requires"));
}

TEST(Contract, NamesAFewOfManyAndSaysHowManyMore) {
  std::vector<ObservedConsumer> all;
  for (int i = 0; i < 100; ++i) all.push_back(silent("Pod", "old-" + std::to_string(i)));
  Story story = after_expand(all, "");
  EXPECT_THAT(contract_message(story), HasSubstr("100 of 100 counted"));
  EXPECT_THAT(contract_message(story), HasSubstr("and 95 more"));
  EXPECT_LT(contract_message(story).size(), 600U);
}

TEST(Contract, DoesNotStartWhereConsumersCouldNotBeCounted) {
  Story story = after_expand({}, "");
  story.seen.consumers = {.problem = "list replicasets: 403 forbidden"};
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  EXPECT_THAT(contract_message(story), HasSubstr("403"));
  story.seen.consumers = {};  // asked, but not for templates
  EXPECT_FALSE(story.look().start);
}

// The Job asks again under its lock.
TEST(Contract, CountsAnewWhereTheMigratorFoundTheDatabaseElsewhere) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  story.look();
  report::Result refused = story::result(40);
  refused.reason = "OldCodeRunning";
  refused.answers = "-";
  story.ends(refused);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  EXPECT_EQ(story.seen.status.contract_pending, 1);
  EXPECT_FALSE(story.has_live());
}

TEST(Contract, NeedsAPersonWhereNoConsumerIsDeclared) {
  Story story;
  story.seen.resource.spec.phase = spec::Phase::kExpand;
  story.look();
  story.ends(expanded(""));
  EXPECT_EQ(story.state(), "True/-/-/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
  EXPECT_THAT(contract_message(story), HasSubstr("sluice.dev/approve: 0123456789abcdef"));
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.approve = "fedcba9876543210";
  EXPECT_FALSE(story.look().start);
  story.seen.approve = "0123456789abcdef";
  const auto decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->approved_plan, "0123456789abcdef");
  EXPECT_EQ(story.seen.status.handled.approve, "0123456789abcdef");
}

TEST(Contract, AsksAnewWhereItsPlanHasChanged) {
  Story story;
  story.seen.resource.spec.phase = spec::Phase::kExpand;
  story.look();
  story.ends(expanded(""));
  story.seen.approve = "0123456789abcdef";
  story.look();
  report::Result refused = story::result(40);
  refused.pending = 2;
  refused.plan_hash = "ffff456789abcdef0000";
  story.ends(refused);
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
  EXPECT_THAT(contract_message(story), HasSubstr("sluice.dev/approve: ffff456789abcdef"));
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_FALSE(story.has_live());
}

TEST(Contract, NeedsApprovalBesideItsConsumersWhereTheSpecAsksForIt) {
  Story story = with_consumers({pod("new", "shop>=002")});
  story.seen.resource.spec.approval = spec::Approval::kDestructive;
  story.look();
  report::Result plan = expanded("c");
  plan.plan_hash = "aaaaaaaaaaaaaaaa";
  plan.pending = 1;
  story.ends(plan);  // of the expand steps: harmless
  story.ends(expanded("c"));
  story.later(seconds(60));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
  story.seen.approve = "0123456789abcdef";
  EXPECT_EQ(story.look().start->kind, Kind::kContract);
}

TEST(Contract, IsHeldBackBySuspend) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.seen.resource.spec.suspend = true;
  story.later(seconds(60));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/Suspended");
}

// operator-protocol, Roll-outs 2
TEST(Contract, IsHeldBackByADatabaseRolloutBeforeItsStepContract) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.seen.held = {.expand = "shop", .contract = "shop"};
  story.later(seconds(60));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/HeldByRollout");
  story.seen.held.contract = {};
  EXPECT_EQ(story.look().start->kind, Kind::kContract);
}

TEST(Contract, ThatFailsWaitsForAPersonAndLeavesReadyAlone) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  story.look();
  report::Result said = story::result(20);
  said.pending = 1;
  said.plan_hash = "0123456789abcdef";
  said.answers = "c";
  story.ends(said);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/ContractFailed");
  EXPECT_EQ(story.seen.status.contract_pending, 1);
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.retry = "again";
  EXPECT_EQ(story.look().start->kind, Kind::kRun);
  const auto decision = story.ends(expanded("c"));
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->kind, Kind::kContract);
  EXPECT_TRUE(decision.start->again);
}

TEST(Contract, ThatCouldNotReachTheDatabaseIsTriedAgain) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  story.look();
  story.ends(10);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/Unreachable");
  story.later(seconds(60));
  EXPECT_EQ(story.look().start->kind, Kind::kContract);
}

TEST(Contract, ThatCouldNotGoBackTakesReadyAway) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  story.look();
  story.ends(31);
  EXPECT_EQ(story.state(), "False/-/True/RollbackFailed");
}

TEST(Contract, IsEndedByAChangeOnlyOnceItHasEnded) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  story.look();
  story.runs();
  story.seen.content.digest = "d2";
  story.edits();
  story.look();
  EXPECT_TRUE(story.has_live());
  EXPECT_EQ(story.condition("Ready"), "False/Running");
  EXPECT_EQ(story.ends(contracted("c")).start->kind, Kind::kRun);
}

TEST(Contract, WhoseJobWasDeletedIsStartedAnewUnderTheSameName) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.later(seconds(60));
  const std::string name = story.look().start->job;
  story.seen.jobs.clear();
  EXPECT_EQ(story.look().start->job, name);
}

}  // namespace
