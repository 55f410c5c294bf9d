// What probes and Prometheus are told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/gate/health.h"
#include "operator/gate/metrics.h"

namespace {

using kube::Object;
using testing::HasSubstr;
using testing::Not;

TEST(Routes, AnswerGetAndNothingElse) {
  const gate::Handler handler = gate::serve({{"/hello", [] { return gate::Answer{200, "hello"}; }}});
  EXPECT_EQ(handler({.target = "/hello"}).body, "hello");
  EXPECT_EQ(handler({.target = "/hello?a=b"}).body, "hello");
  EXPECT_EQ(handler({.target = "/other"}).status, 404);
  EXPECT_EQ(handler({.method = "POST", .target = "/hello"}).status, 405);
}

// operator-protocol, Trust 6: fail closed
TEST(Health, IsNotReadyWhileAWatchIsStale) {
  gate::Stale stale = {{"apps", {"jobs in apps"}}};
  const gate::Handler handler = gate::serve(gate::health_routes([&] { return stale; }, [] { return ""; }));
  EXPECT_EQ(handler({.target = "/healthz"}).status, 200);
  EXPECT_EQ(handler({.target = "/readyz"}).status, 503);
  EXPECT_THAT(handler({.target = "/readyz"}).body, HasSubstr("jobs in apps"));
  stale["apps"].clear();
  EXPECT_EQ(handler({.target = "/readyz"}).status, 200);
}

TEST(Health, IsReadyWhileOneNamespaceIsServedAndNamesWhatIsStale) {
  gate::Stale stale = {{"apps", {}}, {"gone", {"jobs in gone", "pods in gone"}}};
  const gate::Handler handler = gate::serve(gate::health_routes([&] { return stale; }, [] { return ""; }));
  EXPECT_EQ(handler({.target = "/readyz"}).status, 200);
  EXPECT_THAT(handler({.target = "/readyz"}).body, HasSubstr("jobs in gone\npods in gone"));
  stale["apps"] = {"jobs in apps"};
  EXPECT_EQ(handler({.target = "/readyz"}).status, 503);
}

class MetricsTest : public testing::Test {
 protected:
  static Object migration(const Object& history) {
    return {{"metadata", {{"namespace", "apps"}, {"name", "auth"}, {"generation", 2}}},
            {"status",
             {{"pending", 3},
              {"backup", {{"size", 4096}}},
              {"conditions", {{{"type", "Ready"}, {"status", "True"}, {"observedGeneration", 2}}}},
              {"history", history}}}};
  }
  static Object run(const std::string& job, int code, const std::string& reason) {
    return {{"job", job},
            {"kind", "Run"},
            {"code", code},
            {"reason", reason},
            {"startedAt", "2026-01-01T00:00:00Z"},
            {"finishedAt", "2026-01-01T00:00:20Z"}};
  }
  gate::Metrics metrics;
};

TEST_F(MetricsTest, NameANamespaceThatIsNotWatched) {
  metrics.stale_watches("gone", 8);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_operator_stale_watches{namespace=\"gone\"} 8"));
  metrics.stale_watches("gone", 0);
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_operator_stale_watches{namespace=\"gone\"} 0"));
}

TEST_F(MetricsTest, ShowWhatAResourceSays) {
  metrics.migration(migration(Object::array({run("a", 0, "Done")})));
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("sluice_migration_pending{namespace=\"apps\",name=\"auth\"} 3"));
  EXPECT_THAT(text, HasSubstr("sluice_migration_ready{namespace=\"apps\",name=\"auth\"} 1"));
  EXPECT_THAT(text, HasSubstr("sluice_migration_backup_size_bytes{namespace=\"apps\",name=\"auth\"} 4096"));
  EXPECT_THAT(
      text, HasSubstr("sluice_migration_last_success_timestamp_seconds{namespace=\"apps\",name=\"auth\"} 1767225620"));
}

TEST_F(MetricsTest, CountARunOnceAndOnlyIfItEndedInOurTime) {
  metrics.migration(migration(Object::array({run("a", 0, "Done")})));
  for (int i = 0; i < 2; ++i) {
    metrics.migration(migration(Object::array({run("b", 20, "StepFailed"), run("a", 0, "Done")})));
  }
  EXPECT_THAT(metrics.text(),
              HasSubstr("sluice_migration_runs_total{name=\"auth\",namespace=\"apps\",reason=\"StepFailed\"} 1"));
  EXPECT_THAT(metrics.text(), Not(HasSubstr("reason=\"Done\"")));
  EXPECT_THAT(metrics.text(), HasSubstr("sluice_migration_run_duration_seconds_sum{reason=\"StepFailed\"} 20"));
}

TEST_F(MetricsTest, ForgetAResourceThatIsGone) {
  metrics.migration(migration(Object::array()));
  metrics.migration_gone({"apps", "auth"});
  EXPECT_THAT(metrics.text(), Not(HasSubstr("auth")));
}

TEST_F(MetricsTest, ShowLatencyByVerbAndResource) {
  metrics.call({"list", "jobs", 200, std::chrono::milliseconds(3)});
  EXPECT_THAT(
      metrics.text(),
      HasSubstr("sluice_operator_api_request_duration_seconds_count{code=\"200\",resource=\"jobs\",verb=\"list\"} 1"));
}

}  // namespace
