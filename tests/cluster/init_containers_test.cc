// Pods that migrate in their init containers, rendered by helm from the example's chart (guides D1 and D3).
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/cluster.h"
#include "tests/support/source.h"

namespace {

using nlohmann::json;
using support::World;

constexpr int kReplicas = 16;
constexpr int kRevisions = 12;

std::string number(int i) { return (i < 10 ? "00" : "0") + std::to_string(i); }

/// So many tables; the sixth takes long enough to be killed in, while there is no table go_on.
support::Files migrations(int count) {
  support::Files files;
  for (int i = 1; i <= count; ++i) {
    const std::string table = "t" + std::to_string(i);
    files[number(i) + "_" + table + ".up.sql"] =
        "create table " + table + " (id int);\ninsert into " + table + " values (1);\n" +
        (i == 6 ? "select pg_sleep(40) where to_regclass('go_on') is null;\n" : "");
  }
  return files;
}

/// The example's chart as an application would use it; sluice itself, waiting for ever, is the application.
std::string rendered(const json& changes) {
  const support::TemporaryFolder folder;
  const std::string root = support::source(), chart = folder.path() + "/shop";
  const auto all = std::filesystem::copy_options::recursive;
  std::filesystem::copy(root + "/deploy/examples/app-chart", chart, all);
  std::filesystem::create_directories(chart + "/charts");
  std::filesystem::copy(root + "/charts/sluice-init", chart + "/charts/sluice-init", all);
  json values = {{"image", support::migrator_image()},
                 {"replicas", kReplicas},
                 {"command", {"/sluice", "wait", "--at-least", "never", "--timeout", "1h", "--interval", "30s"}},
                 {"sluice-init",
                  {{"image", support::migrator_image()},
                   {"imagePullPolicy", "Never"},
                   {"spec", {{"migrations", {{"configMaps", {"migrations"}}}}}},
                   {"requires", {{"atLeast", number(kRevisions)}}},
                   {"resources", {{"requests", {{"cpu", "1m"}, {"memory", "8Mi"}}}}}}}};
  values.merge_patch(changes);
  const std::string file = folder.write("values.yaml", values.dump());
  const support::Finished done =
      support::run_program(support::inside_cluster({"helm", "template", "shop", chart, "--values", file}));
  if (done.code != 0) throw std::runtime_error(done.err);
  return done.out;
}

/// The pod whose init container holds the lock and is asleep in the sixth revision; empty: none is.
std::string pod_at_work(const World& world) {
  const std::string name = world.sql(
      "select a.application_name from pg_stat_activity a join pg_locks l using (pid) where l.locktype = 'advisory'"
      " and a.application_name like 'sluice lock %' and exists (select from pg_stat_activity b"
      " where b.datname = a.datname and b.wait_event = 'PgSleep')");
  const std::string prefix = "sluice lock ";
  return name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : "";
}

/// kill -9 of `sluice run` in that pod, as the node's kernel would.
bool kill_migrator_in(const std::string& pod) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream environment(entry.path() / "environ", std::ios::binary), command(entry.path() / "cmdline");
    const std::string variables{std::istreambuf_iterator<char>(environment), {}};
    const std::string line{std::istreambuf_iterator<char>(command), {}};
    if (variables.find("HOSTNAME=" + pod) == std::string::npos) continue;
    if (line != std::string("/sluice\0run\0", 12)) continue;
    return support::run_program({"kill", "-9", entry.path().filename()}).code == 0;
  }
  return false;
}

bool all_run(const World& world, int replicas, int seconds) {
  return support::eventually(
      [&] { return world.get("deployment", "shop").value("/status/readyReplicas"_json_pointer, 0) == replicas; },
      seconds);
}

std::string story(const World& world) {
  return world.story() + world.kubectl({"logs", "-l", "app=shop", "-c", "sluice-migrate", "--tail=5", "--prefix"}).out;
}

class InitContainers : public testing::Test {
 protected:
  void start(const json& changes = json::object()) {
    world.secret("shop-db", {{"url", world.url()}});
    const support::Finished applied = world.kubectl({"apply", "-f", "-"}, rendered(changes));
    ASSERT_EQ(applied.code, 0) << applied.err;
  }
  const World world;
};

// run-protocol, Lock 1 and 2: whoever comes, one migrates, and a killed one is followed by another.
TEST_F(InitContainers, OfSixteenReplicasOneMigratesAndAKilledOneIsFollowed) {
  world.config_map("migrations", migrations(kRevisions));
  start();
  std::string pod;
  ASSERT_TRUE(support::eventually([&] { return !(pod = pod_at_work(world)).empty(); }, 90)) << story(world);
  // The others say for whom they wait.
  EXPECT_TRUE(support::eventually(
      [&] {
        const auto logs = world.kubectl({"logs", "-l", "app=shop", "-c", "sluice-migrate", "--tail=20"}).out;
        return logs.find("\"holder_application\":\"sluice lock " + pod) != std::string::npos;
      },
      60))
      << story(world);
  world.sql("create table go_on ()");  // for who follows
  ASSERT_TRUE(kill_migrator_in(pod)) << pod;
  ASSERT_TRUE(all_run(world, kReplicas, 180)) << story(world);
  EXPECT_EQ(world.sql("select count(*), count(distinct revision) from sluice.sluice_journal where direction = 'up'"
                      " and result = 'succeeded'"),
            "12|12");
  for (const int i : {1, 6, 12}) EXPECT_EQ(world.sql("select count(*) from t" + std::to_string(i)), "1") << i;

  // operator-protocol, Trust: a pod has nothing beyond its Secret.
  for (const json& each : world.list("pods", "app=shop")) {
    EXPECT_FALSE(each.at("spec").value("automountServiceAccountToken", true));
    for (const json& volume : each.at("spec").at("volumes"))
      EXPECT_FALSE(volume.contains("projected") && volume.dump().find("serviceAccountToken") != std::string::npos);
    EXPECT_EQ(each.dump().find(support::kPasswordMark), std::string::npos);
  }
}

// operator-protocol, Trust 4: shown as what a pod says, and verified by a Job that changes nothing.
TEST_F(InitContainers, AreShownOnTheMigrationAndVerifiedByAJobThatLooks) {
  world.config_map("migrations", migrations(3));
  start({{"databaseMigration", true}, {"replicas", 2}, {"sluice-init", {{"requires", {{"atLeast", "003"}}}}}});
  ASSERT_TRUE(all_run(world, 2, 120)) << story(world);
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << story(world);
  json reports;
  EXPECT_TRUE(support::eventually([&] {
    reports = world.get("databasemigration", "shop")["status"].value("reports", json::array());
    return reports.size() == 2 && reports[0].value("verified", false) && reports[1].value("verified", false);
  })) << story(world);
  for (const json& each : reports) {
    EXPECT_EQ(each.at("reportedBy"), "pod");
    EXPECT_EQ(each.at("reason"), "Done");
    EXPECT_EQ(each.at("heads"), json({"003"}));
    EXPECT_FALSE(world.get("pod", each.at("pod")).is_null());
  }
  // Whatever the operator started only looked, and no pod of its own or of the application has a token.
  const std::vector<json> jobs = world.list("jobs", "sluice.dev/migration=shop");
  EXPECT_FALSE(jobs.empty());
  for (const json& each : jobs) {
    EXPECT_EQ(each.at("/spec/template/spec/containers/0/args/0"_json_pointer), "survey");
  }
  EXPECT_EQ(world.sql("select count(*), count(distinct revision) from sluice.sluice_journal where direction = 'up'"
                      " and result = 'succeeded'"),
            "3|3");
  for (const json& each : world.list("pods")) {
    EXPECT_FALSE(each.at("spec").value("automountServiceAccountToken", true));
  }
}

}  // namespace
