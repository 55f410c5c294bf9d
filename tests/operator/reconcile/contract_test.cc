// What contract waits for, and what runs beside the last run: operator-protocol, Roll-outs 1.
#include <gmock/gmock.h>

#include "operator/reconcile/consumers.h"
#include "operator/reconcile/revisions.h"
#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Kind;
using reconcile::ObservedConsumer;
using std::chrono::seconds;
using story::Story;
using testing::HasSubstr;

ObservedConsumer pod(const std::string& name, const std::string& annotation) {
  return {.kind = "Pod", .name = name, .uid = "uid-" + name, .annotation = annotation};
}
ObservedConsumer silent(const std::string& kind, const std::string& name) {
  return {.kind = kind, .name = name, .uid = "uid-" + name};
}

/// What an expand run says that left one contract step: 001 is behind, 002 is what contract builds on.
report::Result expanded(const std::string& answers) {
  report::Result said = story::result(0);
  said.contract_pending = 1;
  said.contract_plan = "0123456789abcdef";
  said.answers = answers;
  return said;
}
report::Result contracted(const std::string& answers) {
  report::Result said = story::result(0, {"003"});
  said.answers = answers;
  return said;
}

/// Phase Expand with a consumer declared, whose pods are `all`.
Story with_consumers(std::vector<ObservedConsumer> all) {
  Story story;
  story.seen.resource.spec.phase = spec::Phase::kExpand;
  story.seen.resource.spec.consumers = {{.selector = {{"matchLabels", {{"app", "shop"}}}}}};
  story.seen.consumers.all = std::move(all);
  story.seen.consumers.with_templates = true;
  return story;
}

/// The same after its expand run.
Story after_expand(std::vector<ObservedConsumer> all, const std::string& answers) {
  Story story = with_consumers(std::move(all));
  story.look();
  story.ends(expanded(answers));
  return story;
}

std::string message(const Story& story) {
  const reconcile::Condition* found = reconcile::find(story.seen.status.conditions, "Contracted");
  return found ? found->message : "";
}

std::vector<std::string> said(const story::Decision& decision) {
  std::vector<std::string> reasons;
  for (const auto& each : decision.events) reasons.push_back(each.reason);
  return reasons;
}

TEST(Questions, AreTheIdsThatConsumersNameForThisResourceEachOnce) {
  Story story = with_consumers({pod("a", "shop>=002 <004"), pod("b", "shop>=002, other>=9"), pod("c", "prod/shop<001"),
                                pod("d", "elsewhere/shop>=7"), pod("e", "nonsense"), silent("Pod", "f")});
  EXPECT_EQ(reconcile::questions_of(story.seen), (std::vector<std::string>{"001", "002", "004"}));
  EXPECT_EQ(story.look().start->questions, (std::vector<std::string>{"001", "002", "004"}));
}
TEST(Questions, AreBounded) {
  Story story = with_consumers({});
  for (int i = 0; i < 100; ++i) {
    story.seen.consumers.all.push_back(pod("p" + std::to_string(i), "shop>=" + std::to_string(i)));
  }
  EXPECT_EQ(reconcile::questions_of(story.seen).size(), report::kMostQuestions);
}

struct Case {
  std::string annotation = {};
  std::string answers = {};  // to the ids of the annotation, sorted
  std::string why = {};      // part of it; empty: new
};
class WhoIsOld : public testing::TestWithParam<Case> {};
TEST_P(WhoIsOld, IsSaidWithTheReason) {
  const Case& given = GetParam();
  Story story = with_consumers({pod("a", given.annotation)});
  reconcile::RunStatus run{.code = 0};
  run.questions = reconcile::questions_of(story.seen);
  ASSERT_EQ(run.questions.size(), given.answers.size());
  reconcile::take_answers(story.seen.status, run, given.answers);
  const std::string why = reconcile::why_old(story.seen.consumers.all[0], story.seen, story.seen.status);
  EXPECT_EQ(why.empty(), given.why.empty()) << why;
  EXPECT_THAT(why, HasSubstr(given.why));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, WhoIsOld,
    testing::Values(Case{"shop>=002", "c", ""}, Case{"shop>=003", "D", ""}, Case{"shop>=002 <004", "c-", ""},
                    // With an upper bound it says itself where its world ends.
                    Case{"shop>=001 <004", "+-", ""}, Case{"shop<004", "-", ""}, Case{"shop>=003 <009", "C-", ""},
                    Case{"shop>=001", "+", "older than what contract builds on"},
                    Case{"shop>=003", "C", "doesn't build on all that contract builds on"},
                    Case{"shop>=005", "-", "needs 005, which is not applied"},
                    Case{"shop>=zzz", "?", "needs zzz, which no migration has"},
                    Case{"shop>=001 <003", "+C", "can't run with 003, which contract applies"},
                    Case{"shop>=002 <003", "cD", "can't run with 003, which contract applies"},
                    Case{"shop<002", "c", "can't run with 002, which is applied"},
                    Case{"shop<zzz", "?", "names zzz, which no migration has"},
                    // Nobody can satisfy these.
                    Case{"shop>=005 <003", "D-", "needs 005, which is not applied"},
                    Case{"shop>=002 <001", "+c", "can't run with 001, which is applied"},
                    Case{"", "", "can't be read: it is empty"}, Case{"shop>002", "", "only >= and < are known"},
                    Case{"other>=002", "", "doesn't name shop"}, Case{"elsewhere/shop>=002", "", "doesn't name shop"}));

TEST(WhoIsOld, IsEverybodyWithoutAnAnnotationAndWhoNamesWhatNobodyWasAskedAbout) {
  const Story story = with_consumers({});
  EXPECT_THAT(reconcile::why_old(silent("Pod", "a"), story.seen, story.seen.status), HasSubstr("has no annotation"));
  EXPECT_THAT(reconcile::why_old(pod("a", "shop>=002"), story.seen, story.seen.status), HasSubstr("asked about"));
}

// operator-protocol, Status 2
TEST(Contract, WaitsForOldCodeWithoutHoldingReadyBack) {
  Story story = after_expand({pod("new", "shop>=002"), pod("old", "shop>=001")}, "+c");
  EXPECT_EQ(story.state(), "True/-/-/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  EXPECT_THAT(message(story), HasSubstr("1 of 2 counted: Pod old: needs no more than 001"));
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
  EXPECT_THAT(message(story), HasSubstr("Pod old (terminating)"));
  story.seen.consumers.all.erase(story.seen.consumers.all.begin());
  story.look();
  story.later(seconds(60));
  EXPECT_TRUE(story.look().start);
}

TEST(Contract, WaitsForTemplatesThatCouldMakeOldPods) {
  Story story = after_expand({pod("new", "shop>=002"), silent("CronJob", "nightly")}, "c");
  EXPECT_THAT(message(story), HasSubstr("CronJob nightly: has no annotation sluice.dev/requires"));
}

TEST(Contract, NamesAFewOfManyAndSaysHowManyMore) {
  std::vector<ObservedConsumer> all;
  for (int i = 0; i < 100; ++i) all.push_back(silent("Pod", "old-" + std::to_string(i)));
  Story story = after_expand(all, "");
  EXPECT_THAT(message(story), HasSubstr("100 of 100 counted"));
  EXPECT_THAT(message(story), HasSubstr("and 95 more"));
  EXPECT_LT(message(story).size(), 600U);
}

TEST(Contract, DoesNotStartWhereConsumersCouldNotBeCounted) {
  Story story = after_expand({}, "");
  story.seen.consumers = {.problem = "list replicasets: 403 forbidden"};
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  EXPECT_THAT(message(story), HasSubstr("403"));
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
  EXPECT_THAT(message(story), HasSubstr("sluice.dev/approve: 0123456789abcdef"));
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
  EXPECT_THAT(message(story), HasSubstr("sluice.dev/approve: ffff456789abcdef"));
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

TEST(Survey, AsksAboutARevisionThatConsumersNameOnlyNow) {
  Story story = after_expand({pod("old", "shop>=001")}, "+");
  story.seen.consumers.all.push_back(pod("new", "shop>=002"));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(5));
  const auto decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->kind, Kind::kSurvey);
  EXPECT_EQ(decision.start->questions, (std::vector<std::string>{"001", "002"}));
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/OldCodeRunning");
  story.ends(expanded("+c"));
  EXPECT_EQ(reconcile::answer_about(story.seen.status, "002"), report::Answer::kReady);
  EXPECT_EQ(story.seen.status.contract_pending, 1);
  story.later(seconds(5));
  EXPECT_FALSE(story.look().start);
}

TEST(Survey, AsksOnlyOnceAboutWhatNoMigrationHas) {
  Story story = after_expand({pod("odd", "shop>=zzz")}, "?");
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  EXPECT_THAT(message(story), HasSubstr("needs zzz, which no migration has"));
}

TEST(Survey, FollowsWhereAPodReportsSomethingElse) {
  Story story = Story::done();
  story.seen.contradiction = "h1";
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  EXPECT_EQ(story.condition("Ready"), "True/UpToDate");
  story.ends(0);
  EXPECT_EQ(story.condition("Ready"), "True/UpToDate");
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.contradiction = "h2";
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
}

TEST(Survey, ThatFindsSomethingPendingIsFollowedByARun) {
  Story story = Story::done();
  story.seen.contradiction = "h1";
  story.later(seconds(5));
  story.look();
  report::Result found = story::result(0, {"001"});
  found.pending = 1;
  const auto decision = story.ends(found);
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->kind, Kind::kRun);
  EXPECT_EQ(story.state(), "False/True/-/Running");
  story.ends(0);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Survey, ThatFailsChangesNothingAndIsTriedAgain) {
  Story story = Story::done();
  story.seen.contradiction = "h1";
  story.later(seconds(5));
  story.look();
  story.seen.contradiction = "h2";
  story.ends(10);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(story.seen.status.heads, std::vector<std::string>{"002"});
  story.later(seconds(10));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
}

// operator-protocol, Roll-outs 1
TEST(OutsideRange, IsToldOnceForEachPod) {
  Story story = after_expand({pod("a", "shop<002"), pod("b", "shop<009")}, "c-");
  story.seen.consumers.all.push_back(pod("c", "shop<002"));
  std::vector<std::string> notes;
  for (int i = 0; i < 3; ++i) {
    for (const auto& each : story.look().events) {
      if (each.reason != "OutsideRange") continue;
      notes.push_back(each.note);
      EXPECT_TRUE(each.warning);
      EXPECT_EQ(each.about, "uid-c");
    }
  }
  EXPECT_EQ(notes, std::vector<std::string>{"Pod c can't run with 002, which is applied"});
  EXPECT_EQ(story.seen.status.consumers->outside, (std::vector<std::string>{"a", "c"}));
}

TEST(OutsideRange, IsAPodWhoseRevisionWasTakenBackButNoneThatWaitsForIt) {
  Story story = after_expand({pod("a", "shop>=002")}, "-");
  EXPECT_THAT(said(story.look()), testing::Not(testing::Contains("OutsideRange")));
  story.seen.retry = "1";
  story.look();
  story.ends(expanded("c"));
  story.seen.retry = "2";
  story.look();
  report::Result back = story::result(30, {"001"});
  back.answers = "-";
  EXPECT_THAT(said(story.ends(back)), testing::Contains("OutsideRange"));
}

TEST(Answers, AreForgottenWhereARunThatMayHaveChangedThingsGaveNone) {
  Story story = after_expand({pod("new", "shop>=002")}, "c");
  story.seen.retry = "1";
  story.look();
  story.ends(10);
  EXPECT_EQ(story.seen.status.revisions.size(), 1U);
  story.later(seconds(60));
  story.look();
  story.ends_silently(137);
  EXPECT_EQ(story.seen.status.revisions.size(), 0U);
}

TEST(Status, KeepsAllOfThisWhenWrittenAndReadBack) {
  Story story = after_expand({pod("a", "shop<002"), pod("b", "shop>=001")}, "+c");
  story.seen.consumers.all = {pod("b", "shop>=003"), pod("c", "shop<002")};
  story.seen.contradiction = "h1";
  story.later(seconds(5));
  story.look();
  EXPECT_EQ(reconcile::parse_status(reconcile::to_json(story.seen.status)), story.seen.status)
      << reconcile::to_json(story.seen.status);
}

}  // namespace
