// The rights that the chart gives where it was told the namespaces: they are enough, and no call is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/operator/main/replica.h"
#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace {

using support::eventually;
using support::Replica;
using testing::HasSubstr;
using testing::Not;

/// The chart, installed into a namespace of its own and serving another one.
class NamespacedChart : public testing::Test {
 protected:
  static support::ApiServer& server() { return support::ApiServer::shared(); }

  void install(const std::vector<std::string>& settings = {}) {
    std::vector<std::string> argv{support::cluster_program("helm"),
                                  "template",
                                  "sluice",
                                  support::source("charts/sluice"),
                                  "--namespace",
                                  home,
                                  "--set",
                                  "crds.install=false,operator.namespaces={" + space + "}"};
    for (const std::string& setting : settings) argv.insert(argv.end(), {"--set", setting});
    const support::Finished rendered = support::run_program(argv);
    ASSERT_EQ(rendered.code, 0) << rendered.err;
    ASSERT_THAT(rendered.out, Not(HasSubstr("kind: ClusterRole")));
    server().create(rendered.out);
    config = support::kubeconfig_of(folder, home, "sluice-operator");
  }

  void migrate() {
    const kube::Object made{{"apiVersion", "sluice.dev/v1alpha1"},
                            {"kind", "DatabaseMigration"},
                            {"metadata", {{"namespace", space}, {"name", "shop"}}},
                            {"spec",
                             {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                              {"migrations", {{"inline", {{"files", {{"001_a.up.sql", "select 1;"}}}}}}},
                              {"phase", "Expand"},
                              {"consumers", {{{"selector", {{"matchLabels", {{"app", "shop"}}}}}}}}}}};
    ASSERT_EQ(server().api().create(kube::types::database_migration(), made).outcome, kube::CreateOutcome::kCreated);
  }

  std::vector<kube::Object> jobs() const {
    return server().api().list(kube::types::job(), {.namespace_name = space}).items;
  }
  std::string status(const std::string& where) const {
    return kube::text_at(*server().api().get(kube::types::database_migration(), {space, "shop"}), "/status" + where);
  }
  void annotate(const std::string& name) const {
    static_cast<void>(server().api().patch(kube::types::database_migration(), {space, "shop"},
                                           {{"metadata", {{"annotations", {{name, "now"}}}}}},
                                           kube::Subresource::kNone));
  }

  /// Nothing was refused, as far as the log and the metrics tell.
  static void expect_nothing_refused(Replica& replica) {
    EXPECT_THAT(replica.get("/metrics").body, Not(HasSubstr("code=\"403\"")));
    replica.program().signal(SIGTERM);
    const support::Finished end = replica.program().wait();
    EXPECT_EQ(end.code, 0) << end.err;
    // Not in a time, a port or a name.
    EXPECT_THAT(end.out + end.err, Not(testing::ContainsRegex("[^-0-9a-f.]403[^-0-9a-f]")));
    EXPECT_THAT(end.out + end.err, Not(HasSubstr("forbidden")));
  }

  const std::string home = server().new_namespace(), space = server().new_namespace();
  support::TemporaryFolder folder;
  std::string config = {};
};

TEST_F(NamespacedChart, LetsTheOperatorRunAMigrationAndCancelIt) {
  install();
  Replica replica(config, {"--namespace", space}, home);
  ASSERT_TRUE(eventually([&] { return replica.is_ready() && replica.leads(); }, 40));
  migrate();
  ASSERT_TRUE(eventually([&] { return jobs().size() == 1; }));
  const std::string job = kube::name_of(jobs().at(0)).name;
  EXPECT_TRUE(eventually([&] { return status("/run/job") == job; }));
  annotate("sluice.dev/cancel");
  // Nobody collects its pods here: it may stay as one that is being deleted.
  EXPECT_TRUE(eventually([&] {
    const std::vector<kube::Object> left = jobs();
    return left.empty() || !kube::text_at(left[0], "/metadata/deletionTimestamp").empty();
  }));
  EXPECT_TRUE(eventually([&] { return status("/handled/cancel") == "now"; }));
  const auto events = [&] { return server().api().list(kube::types::event(), {.namespace_name = space}).items.size(); };
  EXPECT_TRUE(eventually([&] { return events() > 0; }));
  expect_nothing_refused(replica);
}

// docs/security.md: without DatabaseRollouts it needs no right to Services and Deployments
TEST_F(NamespacedChart, LetsTheOperatorWorkWithoutRollouts) {
  install({"rollouts.enabled=false"});
  Replica replica(config, {"--namespace", space, "--rollouts=false"}, home);
  ASSERT_TRUE(eventually([&] { return replica.is_ready() && replica.leads(); }, 40));
  migrate();
  EXPECT_TRUE(eventually([&] { return jobs().size() == 1 && !status("/run/job").empty(); }));
  expect_nothing_refused(replica);
}

}  // namespace
