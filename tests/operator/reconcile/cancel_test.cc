// A run that a person cancels ends when its pod has, as what the pod says: operator-protocol, Jobs 1 and 5.
#include <gtest/gtest.h>

#include "operator/gate/judge.h"
#include "operator/reconcile/verdict.h"
#include "tests/operator/reconcile/story.h"

namespace {

using std::chrono::seconds;
using story::result;
using story::Story;

/// At 002; then 003 is wanted, runs, and is cancelled. The database is restored where something goes wrong.
Story cancelled() {
  Story story = Story::done();
  story.seen.resource.spec.on_failure = spec::OnFailure::kRestore;
  story.seen.content.digest = "d2";
  story.edits();
  story.look();
  story.runs();
  story.look();
  story.seen.cancel = "now";
  story.look();
  return story;
}

/// What the gate answers to a pod of the old code.
std::string gate_of(const Story& story) {
  const kube::Object object = {{"metadata", {{"generation", story.seen.generation}}},
                               {"status", to_json(story.seen.status)}};
  return gate::word(gate::judge({"prod", "shop"}, object, {"002"}).state);
}

TEST(Cancel, EndsTheJobOnceAndIsTold) {
  Story story = Story::done();
  story.seen.content.digest = "d2";
  story.look();
  story.runs();
  story.seen.cancel = "now";
  const reconcile::Decision decision = story.look();
  ASSERT_EQ(decision.remove.size(), 1U);
  EXPECT_EQ(decision.remove[0].why, reconcile::DeleteWhy::kReplace);
  EXPECT_EQ(decision.events.at(0).reason, "Cancelled");
  EXPECT_EQ(story.seen.status.handled.cancel, "now");
  EXPECT_EQ(story.look().remove.size(), 0U);
}

// The operator was killed between writing the status and deleting the Job.
TEST(Cancel, DeletesTheJobAtTheNextLookWhereItIsNotBeingDeletedYet) {
  Story story = cancelled();
  story.live().deleting = false;
  EXPECT_EQ(story.look().remove.size(), 1U);
}

// docs/pitfalls.md, P3: the pod has ten minutes, and may go back in them
TEST(Cancel, IsReconcilingUntilThePodHasEnded) {
  Story story = cancelled();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(story.state(), "False/True/-/Cancelling");
    story.later(seconds(200));
    story.look();
  }
  EXPECT_EQ(gate_of(story), "waiting");
}

TEST(Cancel, OfARunThatEndsCleanlyIsNotRetried) {
  Story story = cancelled();
  story.pod_ends(result(143, {"002"}));
  EXPECT_EQ(story.seen.status.run.code, 143);
  story.job_goes();
  EXPECT_EQ(story.state(), "False/-/True/Cancelled");
  EXPECT_EQ(gate_of(story), "ready");  // nothing was taken back
  story.later(seconds(3600));
  EXPECT_FALSE(story.look().start);
  story.seen.retry = "again";
  EXPECT_TRUE(story.look().start);
}

// operator-protocol, Jobs 1: the result is read after the end
TEST(Cancel, OfARunThatCouldNotGoBackSaysSoAndKeepsTheCommand) {
  Story story = cancelled();
  report::Result said = result(31, {});
  said.message = "the restore was interrupted";
  said.next = "sluice restore x.dump";
  said.backup = report::BackupReport{.file = "x.dump", .size_bytes = 7, .sha256 = "ab"};
  story.pod_ends(said);
  story.job_goes();
  EXPECT_EQ(story.state(), "False/-/True/RollbackFailed");
  EXPECT_EQ(story.seen.status.run.next, "sluice restore x.dump");
  EXPECT_EQ(story.seen.status.backup->file, "x.dump");
  EXPECT_EQ(gate_of(story), "failed");
}

TEST(Cancel, OfARunThatIsHalfDoneSaysSo) {
  Story story = cancelled();
  story.pod_ends(result(22, {"002"}));
  story.job_goes();
  EXPECT_EQ(story.state(), "False/-/True/MigrationFailed");
}

TEST(Cancel, ThatCameTooLateChangesNothing) {
  Story story = cancelled();
  story.pod_ends(result(0, {"003"}));
  story.job_goes();
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
}

TEST(Cancel, OfARunThatWasKilledInTheEndLeavesTheGateShut) {
  Story story = cancelled();
  story.live().pod.exit_code = 137;
  story.look();
  story.job_goes();
  EXPECT_EQ(story.state(), "False/-/True/Cancelled");
  EXPECT_EQ(gate_of(story), "failed");
}

TEST(Cancel, WhoseEndNobodyReadLeavesTheGateShut) {
  Story story = cancelled();
  story.job_goes();
  EXPECT_EQ(story.state(), "False/-/True/Cancelled");
  EXPECT_EQ(story.seen.status.run.code, 70);
  EXPECT_EQ(gate_of(story), "failed");
}

TEST(Cancel, OfARunWhosePodNeverStartedIsClean) {
  Story story = Story::done();
  story.seen.content.digest = "d2";
  story.look();
  story.seen.cancel = "now";
  story.look();
  story.look();
  EXPECT_EQ(story.state(), "False/-/True/Cancelled");
  EXPECT_EQ(story.seen.status.run.code, 143);
  EXPECT_EQ(gate_of(story), "ready");
}

// Argo CD would abort the sync that brought the change.
TEST(Cancel, ThatMakesRoomForAChangeIsNotStalled) {
  Story story = cancelled();
  story.seen.content.digest = "d3";
  story.look();
  EXPECT_EQ(story.state(), "False/True/-/Cancelling");
  story.pod_ends(result(143, {"002"}));
  EXPECT_EQ(story.state(), "False/True/-/Running");
  EXPECT_EQ(story.job_goes().start->expected_digest, "d3");
}

TEST(Cancel, IsKnownAgainFromTheStatusThatWasWritten) {
  Story story = cancelled();
  story.seen.status = reconcile::parse_status(to_json(story.seen.status));
  EXPECT_TRUE(is_being_cancelled(story.seen.status.run));
}

}  // namespace
