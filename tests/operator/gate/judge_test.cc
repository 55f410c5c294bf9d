// What a status says to who asks at the gate.
#include "operator/gate/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/reconcile/rows.h"

namespace {

using gate::judge;
using gate::Judgement;
using kube::Object;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const kube::ObjectName kName{"apps", "auth"};

Object condition(const std::string& type, const std::string& status, const std::string& reason) {
  return {{"type", type},
          {"status", status},
          {"reason", reason},
          {"observedGeneration", 2},
          {"message", "ERROR: relation \"users\" of db.example.com"}};
}

/// Generation 2, seen; heads 002 and a2.
Object migration(const Object& conditions) {
  return {{"metadata", {{"namespace", "apps"}, {"name", "auth"}, {"generation", 2}}},
          {"status",
           {{"observedGeneration", 2},
            {"conditions", conditions},
            {"heads", {"002", "a2"}},
            {"target", "heads"},
            {"revisions", {{{"id", "001"}, {"applied", true}}, {{"id", "003"}, {"applied", false}}}}}}};
}
Object ready() { return migration(Object::array({condition("Ready", "True", "UpToDate")})); }
Object running() {
  return migration({condition("Ready", "False", "Running"), condition("Reconciling", "True", "Running")});
}
Object failed(const std::string& reason) {
  return migration({condition("Ready", "False", reason), condition("Stalled", "True", reason)});
}

std::string said(const std::optional<Object>& object, const std::vector<std::string>& at_least = {}) {
  const Judgement judgement = judge(kName, object, at_least);
  return gate::word(judgement.state) + " " + judgement.reason;
}

// operator-protocol, Roll-outs 5
TEST(Judge, WaitsForAnUnknownResource) { EXPECT_EQ(said(std::nullopt), "waiting NotFound"); }

TEST(Judge, FollowsReadyAndStalled) {
  EXPECT_EQ(said(ready()), "ready UpToDate");
  EXPECT_EQ(said(running()), "waiting Running");
  EXPECT_EQ(said(failed("RolledBack")), "failed RolledBack");
}

TEST(Judge, WaitsWhileApprovalIsMissingOrItIsSuspended) {
  EXPECT_EQ(said(migration(Object::array({condition("Ready", "False", "AwaitingApproval")}))),
            "waiting AwaitingApproval");
  EXPECT_EQ(said(migration(Object::array({condition("Ready", "False", "Suspended")}))), "waiting Suspended");
}

// operator-protocol, Status 1
TEST(Judge, WaitsForAResourceTheOperatorHasntSeen) {
  Object unseen = migration(Object::array());
  unseen["status"] = {{"observedGeneration", -1}};
  EXPECT_EQ(said(unseen), "waiting GenerationNotObserved");
  unseen.erase("status");
  EXPECT_EQ(said(unseen), "waiting GenerationNotObserved");
  EXPECT_EQ(said(migration(Object::array())), "waiting Unknown");
  EXPECT_EQ(said(migration(Object::array()), {"002"}), "waiting Unknown");
}

TEST(Judge, TakesNoConditionOfAnotherGeneration) {
  for (Object stale : {ready(), failed("RolledBack")}) {
    stale["metadata"]["generation"] = 3;
    EXPECT_EQ(said(stale), "waiting GenerationNotObserved");
    stale["status"]["observedGeneration"] = 3;  // only the conditions are older
    EXPECT_EQ(said(stale), "waiting GenerationNotObserved");
  }
}

TEST(Judge, WaitsWhileItIsBeingDeleted) {
  Object deleted = ready();
  deleted["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(said(deleted), "waiting Terminating");
}

// operator-protocol, Status 3
TEST(Judge, IsReadyForRevisionsKnownToBeReached) {
  EXPECT_EQ(said(ready(), {"002"}), "ready UpToDate");
  EXPECT_EQ(said(ready(), {"001"}), "ready UpToDate");
  EXPECT_EQ(said(ready(), {"001", "002", "a2"}), "ready UpToDate");
}

TEST(Judge, WaitsForARevisionThatIsntReached) {
  EXPECT_EQ(said(ready(), {"003"}), "waiting RevisionNotReached");
  EXPECT_EQ(said(ready(), {"002", "003"}), "waiting RevisionNotReached");
  EXPECT_EQ(judge(kName, ready(), {"003"}).reached, false);
}

TEST(Judge, WaitsForARevisionNothingIsKnownOf) {
  EXPECT_EQ(said(ready(), {"0"}), "waiting RevisionUnknown");
  EXPECT_EQ(said(ready(), {"002", "0"}), "waiting RevisionUnknown");
  EXPECT_THAT(judge(kName, ready(), {"0"}).message, HasSubstr("sluice wait"));
  EXPECT_EQ(judge(kName, ready(), {"0"}).reached, std::nullopt);
}

TEST(Judge, IsFailedWhenTheRevisionAskedForWontCome) {
  EXPECT_EQ(said(failed("RolledBack"), {"003"}), "failed RolledBack");
  EXPECT_EQ(said(failed("MigrationFailed"), {"0"}), "failed MigrationFailed");
  EXPECT_EQ(said(running(), {"003"}), "waiting Running");
}

// Pods of the old code restart and scale up while the next change runs, waits or has failed.
TEST(Judge, LetsOldCodeInWhateverBecomesOfTheNextChange) {
  EXPECT_EQ(said(running(), {"002"}), "ready Reached");
  EXPECT_EQ(said(failed("RolledBack"), {"002"}), "ready Reached");
  EXPECT_EQ(said(failed("MigrationFailed"), {"001"}), "ready Reached");
  EXPECT_EQ(said(migration(Object::array({condition("Ready", "False", "AwaitingApproval")})), {"002"}),
            "ready Reached");
}

// decisions/0013: what it goes back to is what old code asks for; what the run brings isn't known before its end
TEST(Judge, LetsOldCodeInAndNoNewWhileARunMayGoBackUnseen) {
  Object may_restore = running();
  may_restore["spec"] = {{"onFailure", "restore"}};
  may_restore["status"]["run"] = {{"step", "003"}};
  EXPECT_EQ(said(may_restore, {"002"}), "ready Reached");
  EXPECT_EQ(said(may_restore, {"003"}), "waiting Running");
}

TEST(Judge, LetsNothingInWhileARunIsCancelledOrNobodyReadHowItEnded) {
  EXPECT_EQ(said(migration(Object::array({condition("Ready", "False", "Cancelling")})), {"002"}), "waiting Cancelling");
  for (const int unread : {70, 137}) {
    Object cancelled = failed("Cancelled");
    cancelled["status"]["run"] = {{"code", unread}};
    EXPECT_EQ(said(cancelled, {"002"}), "failed Cancelled");
  }
  for (const int read : {10, 143}) {
    Object cancelled = failed("Cancelled");
    cancelled["status"]["run"] = {{"code", read}};
    EXPECT_EQ(said(cancelled, {"002"}), "ready Reached");
  }
}

TEST(Judge, LetsNothingInWhileWhatWasReachedIsInDoubt) {
  EXPECT_EQ(said(failed("RollbackFailed"), {"002"}), "failed RollbackFailed");
  EXPECT_EQ(said(failed("HistoryMismatch"), {"002"}), "failed HistoryMismatch");
  EXPECT_EQ(said(migration(Object::array({condition("Ready", "False", "GoingBack")})), {"002"}), "waiting GoingBack");
  Object unhealthy = failed("MigrationFailed");
  unhealthy["status"]["conditions"].push_back(condition("Healthy", "False", "CheckFailed"));
  EXPECT_EQ(said(unhealthy, {"002"}), "failed MigrationFailed");
}

TEST(Judge, LetsOldCodeInAfterACheckBeforehandFailed) {
  Object checked = running();
  checked["status"]["conditions"].push_back(condition("Healthy", "False", "CheckFailed"));
  checked["status"]["run"] = {{"code", 23}};  // nothing was changed
  EXPECT_EQ(said(checked, {"002"}), "ready Reached");
}

// operator-protocol, Trust 4
TEST(Judge, DoesntBelieveWhatPodsReportOfThemselves) {
  Object reported = ready();
  reported["status"]["reports"] = {{{"pod", "p"}, {"reportedBy", "pod"}, {"heads", {"009"}}, {"verified", true}}};
  EXPECT_EQ(said(reported, {"009"}), "waiting RevisionUnknown");
}

TEST(Judge, TakesOtherShapesInTheStatusForNothing) {
  Object odd = ready();
  odd["status"]["revisions"] = {"003", {{"id", "003"}, {"applied", "true"}}, {{"id", 3}, {"applied", true}}};
  odd["status"]["heads"] = {7, nullptr, "002"};
  EXPECT_EQ(said(odd, {"003"}), "waiting RevisionUnknown");
  EXPECT_THAT(judge(kName, odd, {}).heads, ElementsAre("002"));
  odd["status"] = "odd";
  EXPECT_EQ(said(odd), "waiting GenerationNotObserved");
}

TEST(Judge, TellsOnlyNamesRevisionsAndReasons) {
  Object leaky = failed("MigrationFailed");
  leaky["spec"] = {{"database", {{"host", "db.example.com"}}}};
  leaky["status"]["run"] = {{"message", "ERROR: relation \"users\" of db.example.com"}};
  leaky["status"]["conditions"][1]["reason"] = "not a reason: db.example.com";
  const std::string text = gate::to_json(kName, judge(kName, leaky, {"003"})).dump();
  EXPECT_THAT(text, Not(HasSubstr("users")));
  EXPECT_THAT(text, Not(HasSubstr("example")));
}

TEST(Judge, SaysWhatItKnowsAsJson) {
  EXPECT_EQ(gate::to_json(kName, judge(kName, ready(), {"002"})),
            Object({{"state", "ready"},
                    {"ready", true},
                    {"reason", "UpToDate"},
                    {"message", "DatabaseMigration apps/auth is where it should be: new code may start"},
                    {"namespace", "apps"},
                    {"name", "auth"},
                    {"heads", {"002", "a2"}},
                    {"target", "heads"},
                    {"generation", 2},
                    {"observedGeneration", 2},
                    {"reached", true}}));
}

class JudgeRows : public testing::TestWithParam<story::Row> {};

// operator-protocol, Status 5
TEST_P(JudgeRows, AreReadyFailedOrWaiting) {
  const story::Row& row = GetParam();
  const std::string state = row.is_ready() ? "ready" : row.is_stalled() ? "failed" : "waiting";
  EXPECT_EQ(said(story::resource(row)), state + " " + row.reason());
}

INSTANTIATE_TEST_SUITE_P(Table, JudgeRows, testing::ValuesIn(story::rows()),
                         [](const auto& row) { return row.param.name; });

}  // namespace
