// What is started, when, and what is left alone: operator-protocol, Jobs and Sources.
#include "operator/reconcile/decide.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Decision;
using reconcile::Kind;
using std::chrono::seconds;
using story::Story;

TEST(Decide, StartsTheFirstAttemptWithTheDigestItHashed) {
  const Decision decision = Story().look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->attempt, 1);
  EXPECT_EQ(decision.start->expected_digest, "d1");
  EXPECT_EQ(decision.start->kind, Kind::kRun);
}

TEST(Decide, NamesTheJobInTheStatusBeforeItIsCreated) {
  const Decision decision = Story().look();
  ASSERT_TRUE(decision.status && decision.start);
  EXPECT_EQ(decision.status->run.job, decision.start->job);
}

TEST(Decide, LeavesARunningMigratorAlone) {
  Story story;
  story.look();
  story.runs();
  story.look();
  const Decision decision = story.look();
  EXPECT_FALSE(decision.start || decision.status);
  EXPECT_TRUE(decision.remove.empty());
}

TEST(Decide, DoesNothingWhileTheResourceIsBeingDeleted) {  // operator-protocol, Runtime 2
  Story story;
  story.seen.deleting = true;
  EXPECT_EQ(story.look(), Decision{});
}

TEST(Decide, DoesNothingWhenUpToDate) {
  Story story = Story::done();
  story.later(seconds(86400));
  EXPECT_EQ(story.look(), Decision{});
}

// operator-protocol, Status 3 and Sources 1
TEST(Decide, StartsANewRunWhenTheContentChangesAndIsNotReadyMeanwhile) {
  Story story = Story::done();
  story.seen.content.digest = "d2";
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->expected_digest, "d2");
  EXPECT_EQ(story.state(), "False/True/-/Running");
}

// operator-protocol, Jobs 5: an operator upgrade or a podTemplate must not start everything at once
TEST(Decide, RunsNothingForAChangeOfThePodTemplate) {
  Story story = Story::done();
  story.seen.resource.spec.pod_template = {{"spec", {{"tolerations", nlohmann::json::array()}}}};
  story.edits();
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
}

TEST(Decide, RunsForAChangeOfTargetLedgerPhaseOrDatabase) {
  const std::function<void(spec::DatabaseMigrationSpec&)> changes[] = {
      [](auto& spec) { spec.target = "003"; }, [](auto& spec) { spec.ledger.table = "other"; },
      [](auto& spec) { spec.phase = spec::Phase::kExpand; }, [](auto& spec) { spec.database.url_from->key = "other"; }};
  for (const auto& change : changes) {
    Story story = Story::done();
    change(story.seen.resource.spec);
    story.edits();
    EXPECT_TRUE(story.look().start);
  }
}

TEST(Decide, NeverUsesAJobsNameTwice) {
  Story story;
  std::set<std::string> names;
  for (int i = 0; i < 6; ++i) {
    story.seen.content.digest = i % 2 == 0 ? "d1" : "d2";  // there and back again
    const Decision decision = story.look();
    ASSERT_TRUE(decision.start);
    EXPECT_TRUE(names.insert(decision.start->job).second);
    EXPECT_LE(decision.start->job.size(), 63U);
    story.ends(0);
  }
}

TEST(Decide, NeverUsesAJobsNameTwiceEvenWhenTheStatusWasLost) {
  Story story = Story::done();
  const std::string before = story.seen.status.run.job;
  story.seen.status = {};
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_NE(decision.start->job, before);
  EXPECT_EQ(decision.start->attempt, 2);
}

// operator-protocol, Jobs 5: a change or suspend in mid-run waits, never kills
TEST(Decide, LetsARunEndBeforeItStartsTheChangedOne) {
  Story story;
  story.look();
  story.runs();
  story.seen.content.digest = "d2";
  Decision decision = story.look();
  EXPECT_FALSE(decision.start);
  EXPECT_TRUE(decision.remove.empty());
  decision = story.ends(0);
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->expected_digest, "d2");
}

TEST(Decide, LetsARunEndWhenItIsSuspendedMeanwhile) {
  Story story;
  story.look();
  story.runs();
  story.seen.resource.spec.suspend = true;
  story.edits();
  EXPECT_TRUE(story.look().remove.empty());
  story.ends(0);
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
}

TEST(Decide, StaysReadyWhenSuspendedWithNothingPending) {
  Story story = Story::done();
  story.seen.resource.spec.suspend = true;
  story.edits();
  story.look();
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.seen.content.digest = "d2";
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.state(), "False/-/-/Suspended");
}

TEST(Decide, TakesACancelThatCameTooLateForHandled) {
  Story story = Story::done();
  story.seen.cancel = "now";
  story.look();
  EXPECT_EQ(story.seen.status.handled.cancel, "now");
  story.seen.content.digest = "d2";
  story.look();
  story.runs();
  EXPECT_TRUE(story.look().remove.empty());
}

// A pod that never started (wrong image, say) never ends by itself
TEST(Decide, ReplacesAJobWhosePodNeverStartedWhenTheSpecChanges) {
  Story story;
  story.look();
  story.live().pod.present = true;
  story.live().pod.waiting = "ImagePullBackOff";
  story.look();
  story.seen.resource.spec.pod_template = {{"spec", {{"imagePullSecrets", nlohmann::json::array()}}}};
  story.edits();
  EXPECT_EQ(story.look().remove.size(), 1U);
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->attempt, 2);
}

TEST(Decide, WaitsUntilAReplacedJobIsReallyGone) {
  Story story;
  story.look();
  story.seen.content.digest = "d2";
  const reconcile::ObservedJob job = story.live();
  EXPECT_EQ(story.look().remove.size(), 1U);
  story.seen.jobs = {job};
  story.seen.jobs[0].deleting = true;
  EXPECT_FALSE(story.look().start);
  story.seen.jobs.clear();
  EXPECT_TRUE(story.look().start);
}

// Issue 3: a Job deleted by hand
TEST(Decide, StartsTheSameAttemptAgainWhenItsJobWasDeleted) {
  Story story;
  const std::string first = story.look().start->job;
  story.runs();
  story.seen.jobs.clear();
  const Decision decision = story.look();
  ASSERT_TRUE(decision.start);
  EXPECT_EQ(decision.start->job, first);
}

// The operator was killed between writing the status and creating the Job
TEST(Decide, CreatesTheJobThatTheStatusNamesAlready) {
  Story story;
  const Decision first = story.look();
  story.seen.jobs.clear();
  EXPECT_EQ(story.look().start, first.start);
}

TEST(Decide, DoesNotRecreateADeletedJobWhenSuspended) {
  Story story;
  story.look();
  story.seen.jobs.clear();
  story.seen.resource.spec.suspend = true;
  EXPECT_FALSE(story.look().start);
  EXPECT_EQ(story.state(), "False/-/-/Suspended");
}

// operator-protocol, Trust 4
TEST(Decide, IgnoresAJobItDidNotName) {
  Story story;
  story.look();
  story.ends(20);
  story.seen.jobs.push_back({.name = "hand-made",
                             .uid = "x",
                             .state = reconcile::JobState::kComplete,
                             .pod = {.present = true, .exit_code = 0, .result = story::result(0)}});
  story.look();
  EXPECT_EQ(story.state(), "False/-/True/MigrationFailed");
}

TEST(Decide, RunsAgainWhenSeveralPodsClaimToBeTheAttempt) {
  Story story;
  story.look();
  story.live().pod.contradictory = true;
  story.ends(0);
  EXPECT_EQ(story.seen.status.run.reason, "ResultLost");
  EXPECT_EQ(story.condition("Ready"), "False/Interrupted");
}

// operator-protocol, Jobs 5: deleted once the result is in the status, two kept
TEST(Decide, KeepsTheLastTwoJobsAndNeverDeletesOneWhoseResultIsNotWritten) {
  Story story;
  story.look();
  for (int i = 0; i < 5; ++i) {
    story.later(seconds(400));
    const std::string job = story.seen.status.run.job;
    const Decision decision = story.ends(10);
    for (const reconcile::DeleteJob& each : decision.remove) EXPECT_NE(each.name, job);
    story.later(seconds(400));
    story.look();
  }
  story.look();
  std::size_t ended = 0;
  for (const auto& each : story.seen.jobs) ended += each.state != reconcile::JobState::kLive;
  EXPECT_LE(ended, 2U);
}

TEST(Decide, KeepsTheLastTenAttemptsInTheHistory) {
  Story story;
  story.look();
  for (int i = 0; i < 12; ++i) {
    story.ends(10);
    story.later(seconds(400));
    story.look();
  }
  EXPECT_EQ(story.seen.status.history.size(), 10U);
  EXPECT_EQ(story.seen.status.history.front().attempt, 12);
}

TEST(Decide, WaitsForAGrantOfTheOtherNamespace) {  // operator-protocol, Trust 4
  Story story;
  story.seen.dependencies = {{.name = "base/core", .found = true, .granted = false, .ready = true}};
  EXPECT_FALSE(story.look().start);
  story.seen.dependencies[0].granted = true;
  EXPECT_TRUE(story.look().start);
}

}  // namespace
