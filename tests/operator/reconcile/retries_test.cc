// What follows a failure, a lost result, an annotation or the passing of time: operator-protocol, Jobs 2 and 4.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Decision;
using std::chrono::seconds;
using story::Story;

// operator-protocol, Jobs 4
TEST(Retries, RetriesAnUnreachableDatabaseForEverAndNeverStalls) {
  Story story;
  story.look();
  seconds longest{0};
  for (int i = 0; i < 40; ++i) {
    const Decision decision = story.ends(i % 2 == 0 ? 10 : 11);
    ASSERT_TRUE(decision.check_again_in);
    EXPECT_EQ(story.condition("Stalled"), "-");
    longest = std::max(longest, *decision.check_again_in);
    story.later(*decision.check_again_in);
    ASSERT_TRUE(story.look().start);
  }
  EXPECT_EQ(longest, seconds(300));
}

TEST(Retries, WaitsTheBackoffBeforeARetry) {
  Story story;
  story.look();
  EXPECT_EQ(story.ends(10).check_again_in, seconds(10));
  story.later(seconds(9));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(1));
  EXPECT_TRUE(story.look().start);
  EXPECT_EQ(story.ends(10).check_again_in, seconds(20));
}

// The spec may say so: an unreachable database would cost a Job at each look.
TEST(Retries, WaitAtLeastASecondWhateverTheBackoffSays) {
  Story story;
  story.seen.resource.spec.retry.backoff = std::chrono::milliseconds(0);
  story.look();
  EXPECT_EQ(story.ends(10).check_again_in, seconds(1));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(1));
  EXPECT_TRUE(story.look().start);
  EXPECT_EQ(story.ends(10).check_again_in, seconds(2));
}

TEST(Retries, OfWhatSucceededAreAMinuteApartAtLeast) {
  Story story = Story::done();
  story.seen.resource.spec.resync = std::chrono::milliseconds(1);
  story.edits();
  EXPECT_EQ(story.look().check_again_in, seconds(60));
  story.later(seconds(59));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(1));
  EXPECT_TRUE(story.look().start);
}

TEST(Retries, CountsOnlyAttemptsThatReachedTheDatabase) {
  Story story;
  story.seen.resource.spec.retry.limit = 2;
  story.look();
  for (const int code : {10, 23, 11, 70, 143}) {
    story.ends(code);
    EXPECT_EQ(story.condition("Stalled"), "-") << code;
    story.later(seconds(300));
    story.look();
  }
  story.ends(70);
  EXPECT_EQ(story.state(), "False/-/True/RetriesExhausted");
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
}

TEST(Retries, ForgetsFailuresOfOtherContent) {
  Story story;
  story.seen.resource.spec.retry.limit = 0;
  story.look();
  story.ends(70);
  EXPECT_EQ(story.state(), "False/-/True/RetriesExhausted");
  story.seen.content.digest = "d2";
  EXPECT_TRUE(story.look().start);
  EXPECT_EQ(story.seen.status.run.counted, 0);
}

TEST(Retries, ClearsTheFailureOnceARetrySucceeds) {  // spicedb-operator#228
  Story story;
  story.look();
  story.ends(70);
  story.later(seconds(60));
  story.look();
  story.ends(0);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  EXPECT_EQ(story.seen.status.run.failures, 0);
}

// operator-protocol, Jobs 4: the annotation starts an attempt
TEST(Retries, StartsAnAttemptForTheRetryAnnotationOnce) {
  Story story;
  story.look();
  story.ends(20);
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.retry = "1";
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_TRUE(decision.start->again);
  EXPECT_EQ(story.seen.status.handled.retry, "1");
  story.ends(20);
  EXPECT_FALSE(story.look().start);
}

TEST(Retries, TakesAChangeOfTheSpecAfterAFailureForAnAnswer) {
  Story story;
  story.look();
  story.ends(24);
  story.seen.resource.spec.suspend = false;
  story.seen.resource.spec.resync = std::chrono::hours(1);
  story.edits();
  EXPECT_FALSE(story.look().start) << "resync doesn't answer a failure";
  story.seen.resource.spec.checks.after = {{.name = "x", .sql = "select true"}};
  story.edits();
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_TRUE(decision.start->again);
}

TEST(Retries, RunsAgainPeriodicallyAndStaysReadyMeanwhile) {  // operator-protocol, Jobs 4
  Story story = Story::done();
  story.seen.resource.spec.resync = std::chrono::hours(1);
  story.edits();
  EXPECT_EQ(story.look().check_again_in, seconds(3600));
  story.later(seconds(3600));
  EXPECT_TRUE(story.look().start);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.runs();
  story.look();
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.ends(21);
  EXPECT_EQ(story.state(), "False/-/True/HistoryMismatch");
}

// operator-protocol, Jobs 2
TEST(Retries, RunsAgainWhenTheResultWasLostThoughTheJobSucceeded) {
  Story story;
  story.look();
  story.ends_silently(0);
  EXPECT_EQ(story.seen.status.run.reason, "ResultLost");
  story.later(seconds(60));
  EXPECT_TRUE(story.look().start);
}

TEST(Retries, TrustsTheExitCodeAloneFrom20To32) {
  for (const int code : {20, 21, 22, 24, 30, 31, 32}) {
    Story story;
    story.look();
    story.ends_silently(code);
    EXPECT_EQ(story.state().substr(0, 13), "False/-/True/") << code;
  }
}

TEST(Retries, TakesAResultThatContradictsTheExitCodeForLost) {
  Story story;
  story.look();
  story.live().pod = {.present = true, .started = true, .exit_code = 0, .result = story::result(20)};
  story.live().state = reconcile::JobState::kComplete;
  story.look();
  EXPECT_EQ(story.state(), "False/True/-/Interrupted");
}

// operator-protocol, Sources 1
TEST(Retries, RunsAgainWhenTheMigratorReadOtherContentThanWasHashed) {
  Story story;
  story.look();
  report::Result said = story::result(0);
  said.digest = "d-other";
  story.ends(said);
  EXPECT_EQ(story.state(), "False/True/-/SourceChanged");
  story.later(seconds(10));
  EXPECT_TRUE(story.look().start);
}

// operator-protocol, Jobs 2: a `sluice` that was switched off ends well too, and has migrated nothing
TEST(Retries, RunsAgainWhenAGoodEndNamesNoFiles) {
  Story story;
  story.look();
  reconcile::ObservedJob& job = story.live();
  job.pod = {.present = true, .started = true, .exit_code = 0, .result = story::result(0, {})};
  job.state = reconcile::JobState::kComplete;
  story.look();
  EXPECT_EQ(story.seen.status.run.reason, "ResultLost");
  EXPECT_NE(story.seen.status.run.message.find("migrations"), std::string::npos);
  EXPECT_EQ(story.condition("Ready").substr(0, 5), "False");
  story.later(seconds(10));
  EXPECT_TRUE(story.look().start);
}

// operator-protocol, Sources 1: what the migrator says of it, run/files.h: exit 10 with this reason
TEST(Retries, RunsAgainWithoutLimitWhenTheMigratorRefusedOtherContentThanWasHashed) {
  Story story;
  story.seen.resource.spec.retry.limit = 1;
  story.look();
  report::Result said = story::result(10, {});
  said.reason = "SourceChanged";
  for (int i = 0; i < 4; ++i) {
    story.ends(*report::parse_result(to_json(said)));
    EXPECT_EQ(story.state(), "False/True/-/SourceChanged");
    story.later(seconds(400));
    EXPECT_TRUE(story.look().start);
  }
}

}  // namespace
