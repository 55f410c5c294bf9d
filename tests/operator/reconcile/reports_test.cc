// What the application's init containers say they did: operator-protocol, Trust 4.
#include "operator/reconcile/reports.h"

#include <gtest/gtest.h>

#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Kind;
using std::chrono::seconds;
using story::found;
using story::report_of;
using story::Story;

std::optional<bool> verified(const Story& story, std::size_t index = 0) {
  return story.seen.status.reports.at(index).verified;
}

TEST(Reports, AreShownAsWhatAPodSays) {
  Story story = Story::done();
  story.seen.reports = {report_of("shop-1", 20, {"001"})};
  story.look();
  const nlohmann::json shown = to_json(story.seen.status)["reports"][0];
  EXPECT_EQ(shown["reportedBy"], "pod");
  EXPECT_EQ(shown["pod"], "shop-1");
  EXPECT_EQ(shown["reason"], "StepFailed");
}

TEST(Reports, ThatAgreeWithWhatOurOwnJobFoundStartNothing) {
  Story story = Story::done();
  story.seen.reports = {report_of("a", 0, {"002"}), report_of("b", 0, {"002"})};
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(verified(story), true);
}

TEST(Reports, OfManyPodsStartOneLook) {
  Story story = Story::done();
  for (int i = 0; i < 16; ++i) story.seen.reports.push_back(report_of("p" + std::to_string(i), 0, {"003"}));
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  story.ends(found(0, {"003"}));
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(verified(story, i), true);
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Reports, ThatOurJobFoundOtherwiseAreNotLookedAtAgainWhoeverComesOrGoesBesides) {
  Story story = Story::done();
  story.seen.reports = {report_of("liar", 0, {"999"}), report_of("other", 0, {"998"})};
  story.later(seconds(5));
  story.look();
  story.ends(found(0, {"002"}));
  EXPECT_EQ(verified(story), false);
  story.seen.reports = {report_of("honest", 0, {"002"}), report_of("liar", 0, {"999"})};
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(verified(story, 1), false);
}

TEST(Reports, SaidOnceMoreByTheSamePodAreNothingNew) {
  Story story = Story::done();
  story.seen.reports = {report_of("crashing", 20, {"002"})};
  story.later(seconds(5));
  story.look();
  story.ends(found(0, {"002"}));
  story.seen.reports[0].finished = story.seen.now;
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  EXPECT_TRUE(story.seen.status.reports[0].finished);
}

TEST(Reports, ThatCameWhileAJobLookedAreLookedAtByTheNext) {
  Story story = Story::done();
  story.seen.reports = {report_of("a", 0, {"003"})};
  story.later(seconds(5));
  story.look();
  story.seen.reports = {report_of("b", 20, {"004"}), report_of("a", 0, {"003"})};
  story.ends(found(0, {"003"}));
  EXPECT_EQ(verified(story, 0), std::nullopt);
  EXPECT_EQ(verified(story, 1), true);
  story.later(seconds(5));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
}

TEST(Reports, AreLookedAtAgainByTheUsualBackOffWhereTheJobCouldNot) {
  Story story = Story::done();
  story.seen.reports = {report_of("a", 0, {"003"})};
  story.later(seconds(5));
  story.look();
  story.ends(10);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_FALSE(story.look().start);
  story.later(seconds(10));
  EXPECT_EQ(story.look().start->kind, Kind::kSurvey);
  story.ends(10);
  story.later(seconds(10));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(10));
  EXPECT_TRUE(story.look().start);
}

TEST(Reports, OfAnotherDatabaseSayNothingOfThisOne) {
  Story story = Story::done();
  story.seen.reports = {report_of("a", 0, {"002"})};
  story.look();
  EXPECT_EQ(verified(story), true);
  story.seen.resource.spec.database.url_from->name = "other";
  story.edits();
  story.look();
  EXPECT_EQ(verified(story), std::nullopt);
}

// operator-protocol, Trust 4: whatever is reported, in whatever state
TEST(Reports, AloneNeverMakeAResourceReady) {
  for (const bool pods : {false, true}) {
    for (const int code : {2, 10, 20, 21, 31, 70}) {
      Story story;
      if (pods) story.seen.resource.spec.run_by = spec::RunBy::kPods;
      story.look();
      story.ends(code);
      story.seen.reports = {report_of("forged", 0, {"002"})};
      story.later(seconds(3600));
      story.look();
      EXPECT_TRUE(story.state().starts_with("False/")) << pods << " " << code;
    }
  }
}

TEST(Reports, AreKeptWhenTheStatusIsWrittenAndReadBack) {
  Story story = Story::done();
  story.seen.reports = {report_of("a", 0, {"002"}), report_of("b", 20, {"001"}), report_of("c", 137, {})};
  story.seen.reports[1].finished = story.seen.now;
  story.later(seconds(5));
  story.look();
  EXPECT_EQ(reconcile::parse_status(to_json(story.seen.status)), story.seen.status) << to_json(story.seen.status);
}

}  // namespace
