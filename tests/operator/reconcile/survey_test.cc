// A read-only look at the database beside the last run, and what is kept of its answers: operator-protocol,
// Roll-outs 1.
#include <gmock/gmock.h>

#include "operator/reconcile/revisions.h"
#include "tests/operator/reconcile/expanding.h"

namespace {

using reconcile::Kind;
using std::chrono::seconds;
using story::after_expand;
using story::contract_message;
using story::expanded;
using story::pod;
using story::Story;
using testing::HasSubstr;

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
  EXPECT_THAT(contract_message(story), HasSubstr("needs zzz, which no migration has"));
}

TEST(Survey, FollowsWhereAPodReportsSomethingElse) {
  Story story = Story::done();
  story.seen.reports = {story::report_of("a", 0, {"777"})};
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  EXPECT_EQ(story.condition("Ready"), "True/UpToDate");
  story.ends(0);
  EXPECT_EQ(story.condition("Ready"), "True/UpToDate");
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.reports.push_back(story::report_of("b", 0, {"777"}));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
}

TEST(Survey, ThatFindsSomethingPendingIsFollowedByARun) {
  Story story = Story::done();
  story.seen.reports = {story::report_of("a", 0, {"777"})};
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
  story.seen.reports = {story::report_of("a", 0, {"777"})};
  story.later(seconds(5));
  story.look();
  story.seen.reports.push_back(story::report_of("b", 0, {"777"}));
  story.ends(10);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(story.seen.status.heads, std::vector<std::string>{"002"});
  story.later(seconds(10));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
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
  story.seen.reports = {story::report_of("a", 0, {"777"})};
  story.later(seconds(5));
  story.look();
  EXPECT_EQ(reconcile::parse_status(reconcile::to_json(story.seen.status)), story.seen.status)
      << reconcile::to_json(story.seen.status);
}

}  // namespace
