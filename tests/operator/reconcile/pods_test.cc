// What is read from Jobs and their pods: operator-protocol, Jobs 1, 2, 6 and Trust 4.
#include "operator/reconcile/pods.h"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

json job_pod(const json& state) {
  return {{"metadata", {{"name", "p"}, {"ownerReferences", {{{"uid", "job"}, {"kind", "Job"}, {"controller", true}}}}}},
          {"status",
           {{"phase", "Running"},
            {"conditions", json::array()},
            {"containerStatuses", json::array({{{"name", "migrate"}, {"imageID", "i@sha256:1"}, {"state", state}}})}}}};
}

json job_ended(int code, const std::string& message) {
  return job_pod({{"terminated", {{"exitCode", code}, {"message", message}}}});
}

json evicted(json each) {
  each["status"]["phase"] = "Failed";
  each["status"]["conditions"].push_back({{"type", "DisruptionTarget"}, {"status", "True"}});
  return each;
}

reconcile::PodReport read_job_pods(const std::vector<json>& pods) { return reconcile::read_pods(pods, "job"); }

TEST(Pods, GiveExitCodeResultAndImageOfMigrate) {
  report::Result said;
  said.code = report::ExitCode::kStepFailed;
  const reconcile::PodReport report = read_job_pods({job_ended(20, report::to_json(said))});
  EXPECT_TRUE(report.present && report.started);
  EXPECT_EQ(report.exit_code, 20);
  ASSERT_TRUE(report.result);
  EXPECT_EQ(report.image_id, "i@sha256:1");
}

TEST(Pods, GiveNoResultForAnUnreadableWord) {
  const reconcile::PodReport report = read_job_pods({job_ended(0, "done!")});
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_FALSE(report.result);
}

TEST(Pods, OfOtherContainersAreNotRead) {
  json other = job_ended(0, "");
  other["status"]["containerStatuses"][0]["name"] = "proxy";
  EXPECT_FALSE(read_job_pods({other}).exit_code);
}

TEST(Pods, ThatTheJobDoesNotControlAreNotOurs) {
  json owned_by_another = job_ended(0, "");
  owned_by_another["metadata"]["ownerReferences"][0]["uid"] = "migration";
  json not_controlled = job_ended(0, "");
  not_controlled["metadata"]["ownerReferences"][0]["controller"] = false;
  EXPECT_FALSE(read_job_pods({owned_by_another, not_controlled}).present);
}

TEST(Pods, ThatWereEvictedAreReplaced) {
  const reconcile::PodReport report =
      read_job_pods({evicted(job_ended(143, "")), job_pod({{"running", json::object()}})});
  EXPECT_FALSE(report.contradictory);
  EXPECT_FALSE(report.exit_code);
  EXPECT_TRUE(report.started);
}

// An exit 31 together with an eviction must not be lost
TEST(Pods, ThatEndedWithAFinalCodeCountThoughEvicted) {
  EXPECT_EQ(read_job_pods({evicted(job_ended(31, ""))}).exit_code, 31);
}

TEST(Pods, ThatBothClaimToBeTheAttemptContradict) {
  EXPECT_TRUE(read_job_pods({job_ended(0, ""), job_ended(20, "")}).contradictory);
}

TEST(Pods, SayWhyTheyWait) {
  const reconcile::PodReport report =
      read_job_pods({job_pod({{"waiting", {{"reason", "ErrImagePull"}, {"message", "no such image"}}}})});
  EXPECT_FALSE(report.started);
  EXPECT_EQ(report.waiting, "ErrImagePull");
  EXPECT_EQ(report.waiting_message, "no such image");
}

TEST(Pods, SayNothingOfAnOrdinaryStart) {
  EXPECT_EQ(read_job_pods({job_pod({{"waiting", {{"reason", "ContainerCreating"}}}})}).waiting, "");
}

TEST(Pods, SayWhenTheyCannotBeScheduled) {
  json each = job_pod(json::object());
  each["status"]["conditions"] = {
      {{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}, {"message", "0/1"}}};
  EXPECT_EQ(read_job_pods({each}).waiting, "Unschedulable");
}

json job(const char* condition) {
  return {{"metadata", {{"name", "j"}, {"uid", "u"}, {"labels", {{"sluice.dev/attempt", "7"}}}}},
          {"status", {{"conditions", {{{"type", condition}, {"status", "True"}}}}}}};
}

// operator-protocol, Jobs 1: FailureTarget alone is not the end
TEST(Jobs, HaveEndedOnlyWithCompleteOrFailed) {
  EXPECT_EQ(reconcile::read_job(job("FailureTarget")).state, reconcile::JobState::kLive);
  EXPECT_EQ(reconcile::read_job(job("SuccessCriteriaMet")).state, reconcile::JobState::kLive);
  EXPECT_EQ(reconcile::read_job(job("Failed")).state, reconcile::JobState::kFailed);
  EXPECT_EQ(reconcile::read_job(job("Complete")).state, reconcile::JobState::kComplete);
  EXPECT_EQ(reconcile::read_job(job("Complete")).attempt, 7);
}

}  // namespace
