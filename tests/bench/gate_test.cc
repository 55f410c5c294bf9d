// How fast the gate answers 50 requests a second, with 200 resources in the operator's caches: SLUICE_OPERATOR_BIN, or
// this build's, for SLUICE_BENCH_SECONDS each way, or two. The bound is loose, since the machine may be busy; the
// figures printed are the result.
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace {

using nlohmann::json;

constexpr int kResources = 200;
constexpr double kMostP99Ms = 1000;

class GateBench : public testing::Test {
 protected:
  static support::ApiServer& server() { return support::ApiServer::shared(); }

  void create(int number) const {
    const std::string name = "shop-" + std::to_string(number);
    const json spec{{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                    {"migrations", {{"configMaps", {"files"}}}}};
    const json made{{"apiVersion", "sluice.dev/v1alpha1"},
                    {"kind", "DatabaseMigration"},
                    {"metadata", {{"namespace", space}, {"name", name}}},
                    {"spec", spec}};
    ASSERT_EQ(server().api().create(kube::types::database_migration(), made).outcome, kube::CreateOutcome::kCreated);
    const json ready{{"type", "Ready"},         {"status", "True"},
                     {"reason", "UpToDate"},    {"message", "the database is at its target"},
                     {"observedGeneration", 1}, {"lastTransitionTime", "2026-01-01T00:00:00Z"}};
    const json status{{"status", {{"observedGeneration", 1}, {"heads", {"003"}}, {"conditions", {ready}}}}};
    ASSERT_EQ(server()
                  .api()
                  .patch(kube::types::database_migration(), {space, name}, status, kube::Subresource::kStatus)
                  .outcome,
              kube::WriteOutcome::kDone);
  }
  /// A replica that stands by: another holds the lease, so nothing rewrites the status.
  std::vector<std::string> standby(std::vector<std::string> more) const {
    const char* binary = std::getenv("SLUICE_OPERATOR_BIN");
    std::vector<std::string> argv{binary != nullptr ? binary : support::binary("sluice-operator"),
                                  "--kubeconfig",
                                  server().kubeconfig_file(),
                                  "--migrator-image",
                                  "localhost/sluice:test",
                                  "--metrics-address",
                                  "127.0.0.1:" + std::to_string(support::free_port()),
                                  "--lease-namespace",
                                  space,
                                  "--gate-address",
                                  "127.0.0.1:" + std::to_string(port)};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  void hold_lease() const {
    const json lease{{"apiVersion", "coordination.k8s.io/v1"},
                     {"kind", "Lease"},
                     {"metadata", {{"namespace", space}, {"name", "sluice-operator"}}},
                     {"spec",
                      {{"holderIdentity", "bench"},
                       {"leaseDurationSeconds", 3600},
                       {"acquireTime", "2026-01-01T00:00:00.000000Z"},
                       {"renewTime", "2026-01-01T00:00:00.000000Z"}}}};
    ASSERT_EQ(server().api().create(kube::types::lease(), lease).outcome, kube::CreateOutcome::kCreated);
  }
  json load(const std::string& scheme, const std::vector<std::string>& more) const {
    const std::string url =
        scheme + "://127.0.0.1:" + std::to_string(port) + "/gate/v1/" + space + "/shop-100?at-least=003";
    const char* seconds = std::getenv("SLUICE_BENCH_SECONDS");
    std::vector<std::string> argv{"python3", "-B",        support::source("tests/bench/gate_load.py"),
                                  url,       "--seconds", seconds != nullptr ? seconds : "2"};
    argv.insert(argv.end(), more.begin(), more.end());
    const support::Finished done = support::run_program(argv);
    EXPECT_EQ(done.code, 0) << done.err;
    return json::parse(done.out);
  }
  bool answers(const std::string& scheme, const std::vector<std::string>& more) const {
    std::vector<std::string> once = more;
    once.insert(once.end(), {"--rate", "1", "--seconds", "1"});
    return load(scheme, once).at("failures") == 0;
  }
  static void judge(const std::string& what, const json& figures) {
    std::cout << what << ": " << figures.dump() << std::endl;
    EXPECT_EQ(figures.at("failures"), 0);
    EXPECT_LE(figures.at("p99_ms").get<double>(), kMostP99Ms);
  }

  support::TemporaryFolder folder;
  const int port = support::free_port();
  std::string space = {};
};

TEST_F(GateBench, AnswersFiftyRequestsASecond) {
  space = server().new_namespace();
  for (int i = 0; i < kResources; ++i) create(i);
  hold_lease();
  const std::string certificate = folder.path() + "/tls.crt", key = folder.path() + "/tls.key";
  ASSERT_EQ(
      support::run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                            "/CN=gate", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate})
          .code,
      0);
  {
    const support::Program plain(standby({}));
    ASSERT_TRUE(support::eventually([&] { return answers("http", {}); }));
    judge("plain, kept alive", load("http", {}));
    judge("plain, a connection each", load("http", {"--fresh"}));
  }
  const support::Program tls(standby({"--gate-tls-cert", certificate, "--gate-tls-key", key}));
  ASSERT_TRUE(support::eventually([&] { return answers("https", {"--ca", certificate}); }));
  judge("TLS, kept alive", load("https", {"--ca", certificate}));
  judge("TLS, a handshake each", load("https", {"--ca", certificate, "--fresh"}));
}

}  // namespace
