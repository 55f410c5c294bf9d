// The binary with the rights that the chart gives it, against a real API server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "common/error.h"
#include "operator/kube/http.h"
#include "tests/operator/main/replica.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using support::eventually;
using support::Replica;
using testing::HasSubstr;

class OperatorTest : public testing::Test {
 protected:
  static support::ApiServer& server() { return support::ApiServer::shared(); }

  std::string kubeconfig() { return support::kubeconfig_of(folder, "sluice-system", "sluice-operator"); }

  support::TemporaryFolder folder;
};

TEST_F(OperatorTest, IsReadyAndLeadsWithTheRightsOfTheChart) {
  Replica replica(kubeconfig());
  EXPECT_TRUE(eventually([&] { return replica.is_ready() && replica.leads(); }));
  EXPECT_EQ(replica.get("/healthz").status, 200);
  const std::string metrics = replica.get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("resource=\"databasemigrations\",verb=\"list\""));
  // operator-protocol, Runtime 1: the Lease has its own client
  EXPECT_THAT(metrics, testing::Not(HasSubstr("resource=\"leases\"")));
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

// decisions/0010: podTemplate comes as it was sent
TEST_F(OperatorTest, OutlivesAResourceFullOfNulls) {
  const std::string space = server().new_namespace();
  const Replica replica(kubeconfig());
  ASSERT_TRUE(eventually([&] { return replica.leads(); }, 40));
  const kube::Object nulls = {{"metadata", nullptr},
                              {"spec",
                               {{"serviceAccountName", nullptr},
                                {"securityContext", nullptr},
                                {"containers", {{{"name", "migrate"}, {"securityContext", nullptr}}}}}}};
  const kube::Object odd{{"apiVersion", "sluice.dev/v1alpha1"},
                         {"kind", "DatabaseMigration"},
                         {"metadata", {{"namespace", space}, {"name", "odd"}}},
                         {"spec",
                          {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                           {"migrations", {{"inline", {{"files", {{"001_a.up.sql", "select 1;"}}}}}}},
                           {"podTemplate", nulls}}}};
  ASSERT_EQ(server().api().create(kube::types::database_migration(), odd).outcome, kube::CreateOutcome::kCreated);
  EXPECT_TRUE(
      eventually([&] { return !server().api().list(kube::types::job(), {.namespace_name = space}).items.empty(); }));
  EXPECT_TRUE(replica.leads());
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
  const std::string token = server().token(
      space,
      "[{apiGroups: [sluice.dev], resources: [databasemigrations, databaserollouts], verbs: [list, watch]},"
      " {apiGroups: [apps], resources: [deployments], verbs: [list, watch]},"
      " {apiGroups: [batch], resources: [jobs], verbs: [list, watch]},"
      " {apiGroups: [''], resources: [pods, configmaps, services], verbs: [list, watch]}]");
  const std::string config = kubeconfig();
  std::ofstream(folder.path() + "/token") << token;
  Replica replica(config, {"--namespace", space, "--leader-elect=false"});
  EXPECT_TRUE(eventually([&] { return replica.is_ready(); }));
}

/// A replica that doesn't lead, and what its gate says.
class GateTest : public OperatorTest {
 protected:
  void migration(const std::string& name_space, const char* ready, const char* reason) {
    const kube::Object made{{"apiVersion", "sluice.dev/v1alpha1"},
                            {"kind", "DatabaseMigration"},
                            {"metadata", {{"namespace", name_space}, {"name", "auth"}}},
                            {"spec",
                             {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                              {"migrations", {{"configMaps", {"files"}}}}}}};
    ASSERT_EQ(api().create(kube::types::database_migration(), made).outcome, kube::CreateOutcome::kCreated);
    const kube::Object status{{"status",
                               {{"observedGeneration", 1},
                                {"heads", {"002"}},
                                {"conditions",
                                 {{{"type", "Ready"},
                                   {"status", ready},
                                   {"reason", reason},
                                   {"message", "at 002"},
                                   {"lastTransitionTime", "2026-01-01T00:00:00Z"},
                                   {"observedGeneration", 1}}}}}}};
    ASSERT_EQ(api()
                  .patch(kube::types::database_migration(), {name_space, "auth"}, status, kube::Subresource::kStatus)
                  .outcome,
              kube::WriteOutcome::kDone);
  }
  static kube::Api& api() { return server().api(); }

  kube::Response ask(const std::string& path, const std::string& token = {}) const {
    kube::Config config{.server = "http://" + address};
    config.token = token;
    kube::Http http(config, std::chrono::seconds(5));
    try {
      return http.send({.path = path});
    } catch (const Error&) {
      return {};
    }
  }
  bool says(const std::string& path, const std::string& text) const {
    return ask(path).body.find(text) != std::string::npos;
  }
  const int port = support::free_port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
};

// operator-protocol, Trust 6: gates answer on every replica
TEST_F(GateTest, IsAnsweredByAReplicaThatDoesntLead) {
  const std::string config = kubeconfig(), space = server().new_namespace();
  Replica first(config);
  ASSERT_TRUE(eventually([&] { return first.leads(); }, 60));
  Replica second(config, {"--gate-address", address});
  EXPECT_TRUE(eventually([&] { return says("/gate/v1/" + space + "/auth", "\"reason\":\"NotFound\""); }));
  EXPECT_FALSE(second.leads());
  first.program().signal(SIGSTOP);  // it would look at the resource itself
  migration(space, "True", "UpToDate");
  EXPECT_TRUE(eventually([&] { return says("/gate/v1/" + space + "/auth?at-least=002", "\"state\":\"ready\""); }));
}

TEST_F(GateTest, IsShutWhileTheServerWasntReached) {
  const std::string config = folder.write("kubeconfig",
                                          "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
                                          "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]\n");
  const Replica replica(config, {"--gate-address", address});
  EXPECT_TRUE(eventually([&] { return ask("/gate/v1/apps/auth").status == 503; }));
}

// Deleted with its Role, say: a re-list there is refused for ever.
TEST_F(GateTest, AndAllElseGoesOnWhereOneNamespaceIsLost) {
  const std::string space = server().new_namespace(), lost = server().new_namespace();
  const std::string token = server().token(
      space,
      "[{apiGroups: [sluice.dev], resources: [databasemigrations, databaserollouts], verbs: [list, watch]},"
      " {apiGroups: [sluice.dev], resources: [databasemigrations/status], verbs: [patch]},"
      " {apiGroups: [apps], resources: [deployments], verbs: [list, watch]},"
      " {apiGroups: [batch], resources: [jobs], verbs: [list, watch]},"
      " {apiGroups: [events.k8s.io], resources: [events], verbs: [create]},"
      " {apiGroups: [''], resources: [pods, configmaps, services], verbs: [list, watch]}]");
  const std::string config = kubeconfig();
  std::ofstream(folder.path() + "/token") << token;
  const Replica replica(config,
                        {"--namespace", lost, "--namespace", space, "--leader-elect=false", "--gate-address", address});
  EXPECT_TRUE(eventually([&] { return replica.is_ready(); }));
  EXPECT_THAT(replica.get("/readyz").body, HasSubstr("jobs in " + lost));
  EXPECT_THAT(replica.get("/metrics").body, HasSubstr("sluice_operator_stale_watches{namespace=\"" + lost + "\"} 8"));
  EXPECT_EQ(ask("/gate/v1/" + lost + "/auth").status, 503);
  migration(space, "True", "UpToDate");
  // Its ConfigMap isn't there: nobody but a worker says so.
  EXPECT_TRUE(eventually([&] { return says("/gate/v1/" + space + "/auth", "\"reason\":\"SourceNotFound\""); }, 30));
}

TEST_F(GateTest, NeverLogsATokenItWasShown) {
  const std::string file = folder.write("gate-token", "s3cret\n");
  Replica replica(kubeconfig(), {"--gate-address", address, "--gate-token-file", file, "--log-level", "debug"});
  EXPECT_TRUE(eventually([&] { return ask("/gate/v1/apps/auth", "s3cret").status == 200; }));
  EXPECT_EQ(ask("/gate/v1/apps/auth").status, 401);
  EXPECT_EQ(ask("/gate/v1/token/s3cret/flagger/confirm-rollout").status, 200);  // a namespace named flagger
  EXPECT_THAT(replica.get("/metrics").body, HasSubstr("gate_request_duration_seconds_count{code=\"401\"} 1"));
  replica.program().signal(SIGTERM);
  const support::Finished end = replica.program().wait();
  EXPECT_THAT(end.out + end.err, testing::Not(HasSubstr("s3cret")));
}

}  // namespace
