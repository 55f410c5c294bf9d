// The HTTP port and what it tells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/error.h"
#include "operator/gate/health.h"
#include "operator/gate/metrics.h"
#include "operator/kube/http.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using kube::Object;
using testing::HasSubstr;
using testing::Not;

const int kPort = support::free_port();
const std::string kAddress = "127.0.0.1:" + std::to_string(kPort);

kube::Response get(const std::string& path, const std::string& method = "GET") {
  kube::Http http({.server = "http://" + kAddress}, std::chrono::seconds(5));
  return http.send({.method = method, .path = path});
}

TEST(Server, AnswersItsRoutesAndNothingElse) {
  const gate::Server server(kAddress, {{"/hello", [] { return gate::Answer{200, "hello"}; }}});
  EXPECT_EQ(get("/hello").body, "hello");
  EXPECT_EQ(get("/hello?a=b").body, "hello");
  EXPECT_EQ(get("/other").status, 404);
  EXPECT_EQ(get("/hello", "POST").status, 405);
}

TEST(Server, RefusesWhatIsNoAddress) {
  EXPECT_THROW(gate::Server("nonsense", {}), PermanentError);
  EXPECT_THROW(gate::Server("127.0.0.1:http", {}), PermanentError);
}

TEST(Server, RefusesATakenAddress) {
  support::Program other({"python3", "-c",
                          "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); "
                          "print('listening', flush=True); time.sleep(60)",
                          std::to_string(kPort)});
  ASSERT_TRUE(other.wait_for_output("listening"));
  EXPECT_THROW(gate::Server(kAddress, {}), PermanentError);
}

// operator-protocol, Trust 6: fail closed
TEST(Health, IsNotReadyWhileAWatchIsStale) {
  std::vector<std::string> stale = {"jobs in apps"};
  const gate::Server server(kAddress, gate::health_routes([&] { return stale; }, [] { return ""; }));
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body, HasSubstr("jobs in apps"));
  stale.clear();
  EXPECT_EQ(get("/readyz").status, 200);
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
