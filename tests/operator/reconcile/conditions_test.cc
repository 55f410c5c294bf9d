// Conditions beside Ready, and what the status keeps: operator-protocol, Status.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/story.h"

namespace {

using std::chrono::seconds;
using story::Story;

TEST(Conditions, KeepTheTimeOfTheirLastTransitionWhileTheStatusStays) {
  Story story;
  story.look();
  const auto since = reconcile::find(story.seen.status.conditions, "Ready")->last_transition;
  story.later(seconds(100));
  story.ends(20);  // another reason, the same status
  EXPECT_EQ(reconcile::find(story.seen.status.conditions, "Ready")->last_transition, since);
  EXPECT_EQ(reconcile::find(story.seen.status.conditions, "Stalled")->last_transition, story.seen.now);
}

TEST(Conditions, SpeakOfTheNewGenerationAtOnce) {
  Story story = Story::done();
  story.edits();
  story.look();
  EXPECT_EQ(story.seen.status.observed_generation, 2);
  for (const auto& each : story.seen.status.conditions) EXPECT_EQ(each.observed_generation, 2) << each.type;
}

TEST(Conditions, SayWhatWasBackedUp) {
  Story story;
  story.seen.resource.spec.backup.mode = spec::BackupMode::kFull;
  story.look();
  report::Result said = story::result(0);
  said.backup = report::BackupReport{.file = "x.dump", .size_bytes = 7, .sha256 = "ab"};
  story.ends(said);
  EXPECT_EQ(story.condition("BackedUp"), "True/BackupDone");
  EXPECT_EQ(story.seen.status.backup->file, "x.dump");
  story.seen.content.digest = "d2";
  story.look();
  story.ends(32);
  EXPECT_EQ(story.condition("BackedUp"), "False/BackupFailed");
  EXPECT_EQ(story.seen.status.backup->file, "x.dump");
}

TEST(Conditions, SayNothingOfBackupsWhereNoneIsWanted) { EXPECT_EQ(Story::done().condition("BackedUp"), "-"); }

TEST(Conditions, SayWhetherTheChecksPassed) {
  for (const bool healthy : {true, false}) {
    Story story;
    story.look();
    report::Result said = story::result(healthy ? 0 : 24);
    said.healthy = healthy;
    story.ends(said);
    EXPECT_EQ(story.condition("Healthy"), healthy ? "True/ChecksPassed" : "False/CheckFailed");
  }
}

TEST(Conditions, ForgetTheHealthOfOtherContent) {
  Story story;
  story.look();
  report::Result said = story::result(0);
  said.healthy = true;
  story.ends(said);
  story.seen.content.digest = "d2";
  story.look();
  EXPECT_EQ(story.condition("Healthy"), "-");
}

TEST(Conditions, CallItMigratedWhenAllIsAppliedThoughACheckFailed) {
  Story story;
  story.look();
  EXPECT_EQ(story.condition("Migrated"), "False/Running");
  story.ends(24);
  EXPECT_EQ(story.condition("Migrated"), "True/Applied");
  EXPECT_EQ(story.condition("Ready"), "False/MigrationFailed");
}

// operator-protocol, Status 2: contract never holds Ready back
TEST(Conditions, LetContractWaitWithoutHoldingReadyBack) {
  Story story;
  story.look();
  report::Result said = story::result(0);
  said.contract_pending = 1;
  story.ends(said);
  EXPECT_EQ(story.condition("Ready"), "True/ExpandComplete");
  EXPECT_EQ(story.condition("Contracted"), "False/AwaitingApproval");
}

TEST(Conditions, CarryTheMigratorsWordsAndWhatToDoNext) {
  Story story;
  story.look();
  report::Result said = story::result(31);
  said.message = "the restore needs a person";
  said.next = "sluice restore x.dump";
  story.ends(said);
  EXPECT_EQ(reconcile::find(story.seen.status.conditions, "Ready")->message,
            "the restore needs a person. Next: sluice restore x.dump");
}

TEST(Status, KeepsTheHeadsOfARunThatNeverReachedTheDatabase) {
  Story story = Story::done();
  story.seen.content.digest = "d2";
  story.look();
  report::Result said = story::result(10, {});
  story.ends(said);
  EXPECT_EQ(story.seen.status.heads, std::vector<std::string>{"002"});
  EXPECT_EQ(story.seen.status.pending, 0);
}

TEST(Status, ReadsBackWhatItWrote) {
  Story story;
  story.seen.resource.spec.approval = spec::Approval::kAlways;
  story.seen.retry = story.seen.cancel = "x";
  story.look();
  report::Result said = story::result(40);
  said.plan_hash = "abc";
  said.backup = report::BackupReport{.file = "x.dump", .size_bytes = 7, .sha256 = "ab"};
  said.healthy = true;
  said.message = "m";
  said.next = "n";
  said.contract_pending = 3;
  story.ends(said);
  const reconcile::Status& status = story.seen.status;
  EXPECT_EQ(reconcile::parse_status(reconcile::to_json(status)), status) << reconcile::to_json(status);
}

TEST(Status, ReadsAnythingWithoutComplaint) {
  for (const char* text : {"null", "[]", R"({"conditions":{},"heads":7,"run":[],"plan":"x","history":[1,null]})"}) {
    EXPECT_NO_THROW(static_cast<void>(reconcile::parse_status(nlohmann::json::parse(text)))) << text;
  }
}

TEST(Events, AreSaidOnceForEachChangeOfState) {
  Story story;
  std::vector<std::string> reasons;
  for (const auto& each : story.look().events) reasons.push_back(each.reason);
  for (const auto& each : story.look().events) reasons.push_back(each.reason);
  for (const auto& each : story.ends(20).events) reasons.push_back(each.reason);
  EXPECT_EQ(reasons, (std::vector<std::string>{"AttemptStarted", "Running", "AttemptFailed", "MigrationFailed"}));
}

}  // namespace
