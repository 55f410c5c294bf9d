// spec.runBy: Pods: the application's init containers migrate, the operator looks: operator-protocol, Status 5,
// Trust 4.
#include <gmock/gmock.h>

#include "operator/reconcile/reports.h"
#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Kind;
using std::chrono::seconds;
using story::found;
using story::report_of;
using story::Story;
using testing::HasSubstr;

Story by_pods() {
  Story story;
  story.seen.resource.spec.run_by = spec::RunBy::kPods;
  return story;
}

/// The operator has looked, and two steps are left to the pods.
Story waiting() {
  Story story = by_pods();
  story.look();
  story.ends(found(2, {}));
  return story;
}

/// The pods have done it, and a look found so.
Story done_by_pods() {
  Story story = waiting();
  story.seen.reports = {report_of("a", 0, {"002"})};
  story.later(seconds(5));
  story.look();
  story.ends(found(0, {"002"}));
  return story;
}

std::string message(const Story& story) { return reconcile::find(story.seen.status.conditions, "Ready")->message; }

std::optional<bool> is_verified(const Story& story, std::size_t index = 0) {
  return story.seen.status.reports.at(index).verified;
}

TEST(RunByPods, LooksAtFirstSightAndMigratesNothing) {
  Story story = by_pods();
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  EXPECT_EQ(story.state(), "False/True/-/Verifying");
  story.ends(found(0, {"002"}));
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.later(seconds(86400));
  EXPECT_FALSE(story.look().start);
}

TEST(RunByPods, WaitsForThePodsWhileStepsAreLeft) {
  Story story = waiting();
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
  EXPECT_THAT(message(story), HasSubstr("2 step(s) are left for the application's pods"));
  story.later(seconds(86400));
  EXPECT_FALSE(story.look().start);
}

TEST(RunByPods, IsReadyOnceAJobFoundWhatPodsReported) {
  Story story = waiting();
  story.seen.reports = {report_of("a", 0, {"002"})};
  EXPECT_FALSE(story.look().start);  // those of one roll-out are looked at together
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  EXPECT_EQ(story.state(), "False/True/-/Verifying");
  story.ends(found(0, {"002"}));
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(is_verified(story), true);
  story.later(seconds(86400));
  EXPECT_FALSE(story.look().start);
}

// operator-protocol, Trust 4
TEST(RunByPods, StaysWhereItIsWhenALiarReports) {
  Story story = waiting();
  story.seen.reports = {report_of("liar", 0, {"002"})};
  story.later(seconds(5));
  story.look();
  story.ends(found(2, {}));
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
  EXPECT_EQ(is_verified(story), false);
  story.later(seconds(86400));
  EXPECT_FALSE(story.look().start);
}

TEST(RunByPods, NamesAPodThatReportedAFailureAndIsNotStalledByItsWord) {
  for (const int code : {20, 22, 30, 31}) {
    Story story = waiting();
    story.seen.reports = {report_of("shop-1", code, {"001"})};
    story.later(seconds(5));
    story.look();
    story.ends(found(1, {"001"}));
    EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
    EXPECT_THAT(message(story), HasSubstr("pod shop-1 reported " + story.seen.reports[0].reason));
    EXPECT_EQ(is_verified(story), true);
    story.later(seconds(3600));
    EXPECT_FALSE(story.look().start);
  }
}

TEST(RunByPods, LeavesReadyAloneWhileAJobLooksAgain) {
  Story story = done_by_pods();
  story.seen.reports = {report_of("liar", 31, {}), report_of("a", 0, {"002"})};
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.ends(70);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.later(seconds(60));
  story.look();
  story.ends(found(0, {"002"}));
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(is_verified(story), false);
}

TEST(RunByPods, IsNotReadyOnceALookFoundStepsLeft) {
  Story story = done_by_pods();
  story.seen.reports = {report_of("b", 0, {"001"})};
  story.later(seconds(5));
  story.look();
  story.ends(found(1, {"001"}));
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
  EXPECT_FALSE(story.has_live());
}

TEST(RunByPods, LooksAgainWhenTheContentChanges) {
  Story story = done_by_pods();
  story.seen.content.digest = "d2";
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  EXPECT_EQ(story.state(), "False/True/-/Verifying");
}

TEST(RunByPods, LooksAgainWhenTheSpecSaysThatPodsRunItOrNoLonger) {
  Story story = Story::done();
  story.seen.resource.spec.run_by = spec::RunBy::kPods;
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  story.ends(found(1, {"002"}));
  story.seen.resource.spec.run_by = spec::RunBy::kOperator;
  EXPECT_EQ(story.look().start->kind, Kind::kRun);
  story.ends(0);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
}

TEST(RunByPods, AsksNobodyToApproveWhatPodsDo) {
  Story story = by_pods();
  story.seen.resource.spec.approval = spec::Approval::kAlways;
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  story.ends(found(2, {}));
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
}

TEST(RunByPods, SaysWhatIsWrongAndLooksAgainWhenAPodReports) {
  Story story = by_pods();
  story.look();
  story.ends(21);
  EXPECT_EQ(story.state(), "False/-/True/HistoryMismatch");
  story.seen.reports = {report_of("a", 0, {"002"})};
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
  story.ends(21);
  EXPECT_EQ(is_verified(story), false);
  story.later(seconds(86400));
  EXPECT_FALSE(story.look().start);
}

TEST(RunByPods, LooksAgainAfterResyncAlsoWhileItWaits) {
  Story story = by_pods();
  story.seen.resource.spec.resync = std::chrono::minutes(5);
  story.look();
  story.ends(found(2, {}));
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
  story.later(seconds(300));
  EXPECT_EQ(story.look().start->kind, Kind::kVerify);
}

TEST(RunByPods, StartsNothingWhileSuspended) {
  Story story = waiting();
  story.seen.resource.spec.suspend = true;
  story.seen.reports = {report_of("a", 0, {"002"})};
  story.later(seconds(60));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.state(), "False/True/-/WaitingForPods");
}

// operator-protocol, Roll-outs 1: no pod can know whether the old ones are gone
TEST(RunByPods, LeavesContractToTheOperatorsOwnJob) {
  Story story = by_pods();
  story.seen.resource.spec.phase = spec::Phase::kExpand;
  story.look();
  report::Result said = found(0, {"002"});
  said.contract_pending = 1;
  said.contract_plan = "0123456789abcdef";
  story.ends(said);
  EXPECT_EQ(story.state(), "True/-/-/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
  story.seen.reports = {report_of("liar", 0, {"003"})};
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  story.ends(said);
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
  story.seen.approve = "0123456789abcdef";
  EXPECT_EQ(story.look().start->kind, Kind::kContract);
}

}  // namespace
