// The operator killed at each step of a look, on a real API server: the next one does the rest, and nothing twice.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/playground.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using playground::Playground;

std::vector<std::string> command(const Playground& world) {
  return {support::binary("sluice-operator"),
          "--kubeconfig",
          support::ApiServer::shared().kubeconfig_file(),
          "--namespace",
          world.space(),
          "--leader-elect=false",
          "--migrator-image",
          "localhost/sluice:test",
          "--metrics-address",
          "127.0.0.1:" + std::to_string(support::free_port())};
}

class Failpoints : public testing::TestWithParam<const char*> {};

/// Runs an operator until it kills itself at the failpoint, or until the run is `done`.
template <typename Done>
void run_and_be_killed(const Playground& world, const std::string& failpoint, const Done& done) {
  support::Program program(command(world), {"SLUICE_FAILPOINT=" + failpoint + "=kill"});
  EXPECT_TRUE(support::eventually([&] { return !program.is_running() || done(); }, 30));
  if (program.is_running()) program.signal(SIGKILL);
  static_cast<void>(program.wait());
}

// operator-protocol, Runtime 4
TEST_P(Failpoints, AKilledOperatorIsContinuedByTheNextOne) {
  Playground world;
  world.write_migration(
      "shop", {{"migrations", {{"configMaps", nullptr}, {"inline", {{"files", {{"001_a.up.sql", "select 1"}}}}}}}});
  const auto has_job = [&] { return !world.list(kube::types::job()).empty(); };
  const auto is_ready = [&] { return world.condition("shop", "Ready") == "True/UpToDate"; };
  run_and_be_killed(world, GetParam(), has_job);
  support::Program second(command(world));
  ASSERT_TRUE(support::eventually(has_job, 30));
  second.signal(SIGKILL);
  static_cast<void>(second.wait());

  world.end_job(playground::good());
  run_and_be_killed(world, GetParam(), is_ready);
  support::Program last(command(world));
  EXPECT_TRUE(support::eventually(is_ready, 30)) << world.migration("shop").dump(1);
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
  EXPECT_EQ(world.migration("shop")["status"]["history"].size(), 1U);
}

TEST(Failpoint, KilledBetweenAJobAndItsInlineFilesTheNextOneCreatesThem) {
  Playground world;
  world.write_migration(
      "shop", {{"migrations", {{"configMaps", nullptr}, {"inline", {{"files", {{"001_a.up.sql", "select 1"}}}}}}}});
  const auto has_files = [&] { return !world.list(kube::types::config_map()).empty(); };
  run_and_be_killed(world, "reconcile.job_created", has_files);
  ASSERT_EQ(world.list(kube::types::job()).size(), 1U);
  ASSERT_FALSE(has_files());
  const support::Program next(command(world));
  EXPECT_TRUE(support::eventually(has_files, 30));
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(OfALook, Failpoints,
                         testing::Values("reconcile.observed", "reconcile.decided", "reconcile.events_sent",
                                         "reconcile.status_written", "reconcile.config_map_created",
                                         "reconcile.job_created"),
                         [](const testing::TestParamInfo<const char*>& each) {
                           std::string name = std::string(each.param).substr(10);
                           for (char& letter : name) letter = letter == '_' ? 'X' : letter;
                           return name;
                         });

bool has_live_job(Playground& world) {
  for (const kube::Object& job : world.list(kube::types::job())) {
    if (kube::value_at(job, "/status/conditions").empty()) return true;
  }
  return false;
}

// operator-protocol, Jobs 5: two Jobs are kept; killed just after the third was removed.
TEST(Failpoint, KilledAfterOldJobsWereRemovedTheNextOneMissesNothing) {
  Playground world;
  world.write_config_map("files", playground::kFiles);
  world.write_migration("shop");
  const auto history = [&] { return kube::value_at(world.migration("shop"), "/status/history").size(); };
  support::Program killed(command(world), {"SLUICE_FAILPOINT=reconcile.jobs_removed=kill"});
  for (std::size_t run = 1; run <= 3; ++run) {
    world.annotate("shop", "sluice.dev/retry", std::to_string(run));
    ASSERT_TRUE(support::eventually([&] { return has_live_job(world); })) << run << world.migration("shop").dump(1);
    world.end_job(playground::good());
    ASSERT_TRUE(support::eventually([&] { return history() == run; })) << run << world.migration("shop").dump(1);
  }
  EXPECT_EQ(killed.wait().code, 137);
  EXPECT_EQ(world.list(kube::types::job()).size(), 2U);
  support::Program next(command(world));
  world.annotate("shop", "sluice.dev/retry", "4");
  ASSERT_TRUE(support::eventually([&] { return has_live_job(world); }));
  EXPECT_EQ(history(), 3U);
}

}  // namespace
