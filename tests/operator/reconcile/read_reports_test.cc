// What is read of the application's pods: operator-protocol, Trust 4 and Jobs 2.
#include "operator/reconcile/read_reports.h"

#include <gtest/gtest.h>

#include "common/report/result.h"

namespace {

using nlohmann::json;
using reconcile::ReportStatus;

json init_ended(int code, const std::string& message) {
  return {{"terminated", {{"exitCode", code}, {"message", message}, {"finishedAt", "2026-01-31T12:00:05Z"}}}};
}

json reporting_pod(const json& state, const std::string& name = "shop-1",
                   const std::string& created = "2026-01-31T12:00:00Z") {
  return {{"metadata", {{"name", name}, {"uid", "uid-" + name}, {"creationTimestamp", created}}},
          {"status", {{"initContainerStatuses", json::array({{{"name", "sluice-migrate"}, {"state", state}}})}}}};
}

std::string word(int code, std::vector<std::string> heads) {
  report::Result said{.code = static_cast<report::ExitCode>(code), .run = "r1", .heads = std::move(heads)};
  said.message = "password=hunter2";
  return report::to_json(said);
}

ReportStatus read_one(const json& each) {
  const std::vector<ReportStatus> all = reconcile::read_reports({each});
  return all.empty() ? ReportStatus{} : all.at(0);
}

TEST(ReadReports, GiveCodeReasonHeadsAndTime) {
  const ReportStatus said = read_one(reporting_pod(init_ended(20, word(20, {"b2", "a1"}))));
  EXPECT_EQ(said.pod, "shop-1");
  EXPECT_EQ(said.uid, "uid-shop-1");
  EXPECT_EQ(said.code, 20);
  EXPECT_EQ(said.reason, "StepFailed");
  EXPECT_EQ(said.heads, (std::vector<std::string>{"a1", "b2"}));
  EXPECT_EQ(reconcile::format_time(*said.finished), "2026-01-31T12:00:05Z");
}

TEST(ReadReports, GiveNothingOfWhatHasNotEnded) {
  EXPECT_TRUE(reconcile::read_reports({reporting_pod({{"running", json::object()}})}).empty());
  EXPECT_TRUE(reconcile::read_reports({json::object(), {{"status", {{"initContainerStatuses", "x"}}}}}).empty());
}

TEST(ReadReports, GiveTheLastEndOfAContainerThatWaitsToBeStartedAgain) {
  json crashing = reporting_pod({{"waiting", {{"reason", "CrashLoopBackOff"}}}});
  crashing["status"]["initContainerStatuses"][0]["lastState"] = init_ended(22, word(22, {"001"}));
  EXPECT_EQ(read_one(crashing).code, 22);
}

TEST(ReadReports, ReadOnlyTheContainerThatMigrates) {
  for (const char* name : {"sluice-guard", "sluice-wait", "sluice-install", "migrate", "istio-init"}) {
    json other = reporting_pod(init_ended(0, word(0, {"001"})));
    other["status"]["initContainerStatuses"][0]["name"] = name;
    EXPECT_TRUE(reconcile::read_reports({other}).empty()) << name;
  }
  json beside = reporting_pod(init_ended(0, word(0, {"001"})));
  beside["status"]["containerStatuses"] = beside["status"]["initContainerStatuses"];
  beside["status"].erase("initContainerStatuses");
  EXPECT_TRUE(reconcile::read_reports({beside}).empty());
}

class Unreadable : public testing::TestWithParam<std::string> {};
TEST_P(Unreadable, WordsAreShownAsThatAndNothingOfThem) {
  const ReportStatus said = read_one(reporting_pod(init_ended(0, GetParam())));
  EXPECT_EQ(said.reason, "Unreadable");
  EXPECT_EQ(said.code, 0);
  EXPECT_TRUE(said.heads.empty());
}
INSTANTIATE_TEST_SUITE_P(Words, Unreadable,
                         testing::Values("", "done", "{", "[]", "null", R"({"sluice":1})", R"({"sluice":1,"code":"0"})",
                                         R"({"sluice":1,"code":0,"run":7,"target":"","heads":[]})",
                                         R"({"sluice":1,"code":0,"run":"","target":"","heads":"001"})",
                                         R"({"sluice":1,"code":99,"run":"","target":"","heads":[]})",
                                         // it contradicts the exit code
                                         word(20, {"001"}),
                                         // what no revision is called
                                         word(0, {"postgres://u:p@h/d"}), word(0, {"two words"}), word(0, {""}),
                                         word(0, {std::string(65, 'a')}), word(0, std::vector<std::string>(17, "a")),
                                         word(0, {"001"}) + std::string(1100, ' ')));

TEST(ReadReports, ShowNothingOfTheMessage) {
  EXPECT_EQ(read_one(reporting_pod(init_ended(20, word(20, {"001"})))).reason, "StepFailed");
  reconcile::Status status;
  status.reports = reconcile::read_reports({reporting_pod(init_ended(20, word(20, {"001"})))});
  EXPECT_EQ(to_json(status).dump().find("hunter2"), std::string::npos);
}

TEST(ReadReports, AreOfTheNewestPodsAndBounded) {
  std::vector<json> pods;
  for (int i = 10; i < 50; ++i) {
    pods.push_back(reporting_pod(init_ended(0, word(0, {"001"})), "p" + std::to_string(i),
                                 "2026-01-31T12:00:" + std::to_string(i) + "Z"));
  }
  const std::vector<ReportStatus> all = reconcile::read_reports(pods);
  ASSERT_EQ(all.size(), reconcile::kMostReports);
  EXPECT_EQ(all.front().pod, "p49");
  EXPECT_EQ(all.back().pod, "p30");
}

}  // namespace
