// The binary with the rights that the chart gives it, against a real API server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "operator/kube/http.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using support::eventually;
using testing::HasSubstr;

/// One replica.
class Replica {
 public:
  explicit Replica(const std::string& kubeconfig, const std::vector<std::string>& more = {})
      : program_(arguments(kubeconfig, port_, more)) {}

  kube::Response get(const std::string& path) const {
    kube::Http http({.server = "http://127.0.0.1:" + std::to_string(port_)}, std::chrono::seconds(5));
    try {
      return http.send({.path = path});
    } catch (const Error&) {
      return {};
    }
  }
  bool is_ready() const { return get("/readyz").status == 200; }
  bool leads() const { return get("/metrics").body.find("\nsluice_operator_leader 1") != std::string::npos; }
  support::Program& program() { return program_; }

 private:
  static std::vector<std::string> arguments(const std::string& kubeconfig, int port,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> argv{support::binary("sluice-operator"),
                                  "--kubeconfig",
                                  kubeconfig,
                                  "--migrator-image",
                                  "localhost/sluice:test",
                                  "--metrics-address",
                                  "127.0.0.1:" + std::to_string(port),
                                  "--lease-namespace",
                                  "sluice-system"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  const int port_ = support::free_port();
  support::Program program_;
};

class OperatorTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::ifstream file(SLUICE_SOURCE_DIR "/deploy/install.yaml");
    std::stringstream text;
    text << file.rdbuf();
    server().create(text.str());
  }
  static support::ApiServer& server() { return support::ApiServer::shared(); }

  /// The service account's, as in a pod.
  std::string kubeconfig() {
    const kube::Config admin = server().config();
    folder.write("ca.crt", admin.ca_pem);
    folder.write("token", server().token_of("sluice-system", "sluice-operator"));
    return folder.write("kubeconfig",
                        "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
                        "clusters: [{name: c, cluster: {server: '" +
                            admin.server +
                            "', certificate-authority: ca.crt}}]\n"
                            "users: [{name: u, user: {tokenFile: token}}]\n");
  }

  support::TemporaryFolder folder;
};

TEST_F(OperatorTest, IsReadyAndLeadsWithTheRightsOfTheChart) {
  Replica replica(kubeconfig());
  EXPECT_TRUE(eventually([&] { return replica.is_ready() && replica.leads(); }));
  EXPECT_EQ(replica.get("/healthz").status, 200);
  EXPECT_THAT(replica.get("/metrics").body, HasSubstr("resource=\"databasemigrations\",verb=\"list\""));
  replica.program().signal(SIGTERM);
  const support::Finished end = replica.program().wait();
  EXPECT_EQ(end.code, 0) << end.err;
  EXPECT_THAT(end.err, testing::Not(HasSubstr("\"level\":\"warning\"")));
}

// operator-protocol, Trust 6: informers on every replica, controllers on the leader
TEST_F(OperatorTest, HandsTheLeaseToTheOtherReplicaWhenItIsToldToEnd) {
  const std::string config = kubeconfig();
  Replica first(config);
  ASSERT_TRUE(eventually([&] { return first.leads(); }));
  Replica second(config);
  ASSERT_TRUE(eventually([&] { return second.is_ready(); }));
  EXPECT_FALSE(second.leads());
  first.program().signal(SIGTERM);
  EXPECT_EQ(first.program().wait().code, 0);
  // Released, not expired: well before the 15 s of the lease.
  EXPECT_TRUE(eventually([&] { return second.leads(); }, 8));
}

TEST_F(OperatorTest, IsFollowedByTheOtherReplicaWhenItIsKilled) {
  const std::string config = kubeconfig();
  Replica first(config);
  ASSERT_TRUE(eventually([&] { return first.leads(); }));
  Replica second(config);
  first.program().signal(SIGKILL);
  EXPECT_TRUE(eventually([&] { return second.leads(); }, 40));
}

// operator-protocol, Runtime 1: a lost lease = exit
TEST_F(OperatorTest, EndsWhenItsLeaseIsLost) {
  Replica replica(kubeconfig());
  ASSERT_TRUE(eventually([&] { return replica.leads(); }, 40));
  ASSERT_EQ(server()
                .api()
                .patch(kube::types::lease(), {"sluice-system", "sluice-operator"},
                       {{"spec", {{"holderIdentity", "thief"}}}}, kube::Subresource::kNone)
                .outcome,
            kube::WriteOutcome::kDone);
  EXPECT_EQ(replica.program().wait().code, 1);
}

TEST_F(OperatorTest, IsNotReadyWithoutAServer) {
  const std::string config = folder.write("kubeconfig",
                                          "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
                                          "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n");
  Replica replica(config);
  EXPECT_TRUE(eventually([&] { return replica.get("/readyz").status == 503; }));
  EXPECT_EQ(replica.get("/healthz").status, 200);
  replica.program().signal(SIGTERM);
  EXPECT_EQ(replica.program().wait().code, 0);
}

// Its only right outside the given namespaces is none: were it to look there, it would never be ready.
TEST_F(OperatorTest, WatchesOnlyTheNamespacesItWasGiven) {
  const std::string space = server().new_namespace();
  const std::string token =
      server().token(space,
                     "[{apiGroups: [sluice.dev], resources: [databasemigrations], verbs: [list, watch]},"
                     " {apiGroups: [batch], resources: [jobs], verbs: [list, watch]},"
                     " {apiGroups: [''], resources: [pods, configmaps], verbs: [list, watch]}]");
  const std::string config = kubeconfig();
  std::ofstream(folder.path() + "/token") << token;
  Replica replica(config, {"--namespace", space, "--leader-elect=false"});
  EXPECT_TRUE(eventually([&] { return replica.is_ready(); }));
}

}  // namespace
