// What may go wrong around a run in a cluster: the resource ends Ready and nothing is applied twice.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::World;

// Each revision takes a while and would fail if it ran twice.
support::Files slow_files(int count) {
  support::Files files;
  for (int i = 1; i <= count; ++i) {
    const std::string number = std::to_string(1000 + i).substr(1);
    files[number + "_t.up.sql"] = "create table t" + number + " (note text);\ninsert into t" + number + " values ('" +
                                  support::kRowMark + "');\nselect pg_sleep(0.4);\n";
  }
  return files;
}

void start_slow_run(const World& world, int count) {
  world.config_map("migrations", slow_files(count));
  world.migration("shop", {{"retry", {{"backoff", "1s"}}}});
  ASSERT_TRUE(support::eventually([&] { return world.sql("select to_regclass('t001')") == "t001"; }, 60))
      << world.story();
}

void expect_done_once(const World& world, int count) {
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 180)) << world.story();
  EXPECT_EQ(
      world.sql("select count(*), count(distinct revision) from sluice.sluice_journal where result = 'succeeded'"),
      std::to_string(count) + "|" + std::to_string(count));
}

TEST(ClusterFaults, AJobDeletedByHandIsStartedAgain) {
  const World world;
  start_slow_run(world, 10);
  const json job = world.list("jobs").at(0).at("metadata");
  world.remove("job", job.at("name"));
  expect_done_once(world, 10);
  EXPECT_NE(world.list("jobs").at(0).at("metadata").at("uid"), job.at("uid"));
}

TEST(ClusterFaults, AnEvictedPodIsReplaced) {
  const World world;
  start_slow_run(world, 10);
  const std::string pod = world.list("pods", "sluice.dev/migration=shop").at(0).at("metadata").at("name");
  support::must_kubectl(
      {"create", "--raw", "/api/v1/namespaces/" + world.name() + "/pods/" + pod + "/eviction", "-f", "-"},
      json({{"apiVersion", "policy/v1"},
            {"kind", "Eviction"},
            {"metadata", {{"name", pod}, {"namespace", world.name()}}}})
          .dump());
  expect_done_once(world, 10);
  const std::vector<json> pods = world.list("pods", "sluice.dev/migration=shop");
  EXPECT_TRUE(
      std::any_of(pods.begin(), pods.end(), [&](const json& each) { return each.at("metadata").at("name") != pod; }));
}

// The server goes at once, without a word to anybody, and the kubelet starts it again.
TEST(ClusterFaults, APostgresStoppedInMidRunIsWaitedFor) {
  const World world;
  start_slow_run(world, 10);
  // No more than asked for: the server takes the very shell with it that told it to stop.
  support::kubectl({"--namespace", "databases", "exec", "postgres-0", "--", "pg_ctl", "stop", "--mode=immediate"});
  expect_done_once(world, 10);
  EXPECT_GT(world.get("dbm", "shop").at("status").at("run").at("attempt"), 1) << world.story();
}

// 50 revisions of 0.4 s each: the API server stays away for the 20 s that they take, and the run needs none.
TEST(ClusterFaults, AnApiServerThatIsGoneForTwentySecondsIsWaitedFor) {
  const World world;
  start_slow_run(world, 50);
  const std::string address = support::must_kubectl(
      {"--namespace", "databases", "get", "service", "postgres", "-o", "jsonpath={.spec.clusterIP}"});
  support::cluster_part("stop", "apiserver");
  EXPECT_TRUE(support::eventually(
      [&] {
        return support::run_program(support::inside_cluster({"psql", "-h", address, "-U", world.name(), "-d",
                                                             world.name(), "-c", "select from t050"}),
                                    {"PGPASSWORD=" + world.password()})
                   .code == 0;
      },
      90));
  support::cluster_part("start", "apiserver");
  expect_done_once(world, 50);
}

TEST(ClusterFaults, ARestartedEtcdIsSurvived) {
  const World world;
  start_slow_run(world, 10);
  support::cluster_part("kill", "etcd");
  support::cluster_part("start", "etcd");
  expect_done_once(world, 10);
}

// operator-protocol, Status 5: the Job is there and its pod's files are gone before it could mount them.
TEST(ClusterFaults, AConfigMapDeletedBeforeItIsMountedIsWaitedFor) {
  const World world;
  const support::Files files = {{"001_a.up.sql", "create table a (id int);"}};
  world.config_map("migrations", files);
  support::cluster_part("pause", "scheduler");
  world.migration("shop");
  EXPECT_TRUE(support::eventually([&] { return world.list("jobs").size() == 1; }, 60));
  world.remove("configmap", "migrations");
  support::cluster_part("resume", "scheduler");
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/SourceNotFound")) << world.story();
  EXPECT_EQ(world.condition("shop", "Stalled"), "");
  world.config_map("migrations", files);
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 180)) << world.story();
}

TEST(ClusterFaults, ADeletedOperatorPodIsReplacedAndGoesOn) {
  const World world;
  start_slow_run(world, 10);
  support::must_kubectl({"--namespace", "sluice-system", "delete", "pods", "--all", "--wait=false"});
  expect_done_once(world, 10);
}

TEST(ClusterFaults, ANamespaceDeletedInMidRunGoesAway) {  // operator-protocol, Runtime 2
  const World world;
  start_slow_run(world, 20);
  support::must_kubectl({"delete", "namespace", world.name(), "--timeout=120s"});
}

TEST(ClusterFaults, AHandMadePodPosingAsOursChangesNothing) {  // operator-protocol, Trust 4
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "this is no SQL;"}});
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed")) << world.story();
  const json owner = world.get("dbm", "shop").at("metadata");
  world.apply({{"apiVersion", "v1"},
               {"kind", "Pod"},
               {"metadata",
                {{"name", "impostor"},
                 {"labels", {{"sluice.dev/migration", "shop"}, {"app.kubernetes.io/managed-by", "sluice-operator"}}},
                 {"ownerReferences",
                  {{{"apiVersion", "sluice.dev/v1alpha1"},
                    {"kind", "DatabaseMigration"},
                    {"name", "shop"},
                    {"uid", owner.at("uid")},
                    {"controller", true}}}}}},
               {"spec",
                {{"restartPolicy", "Never"},
                 {"containers",
                  {{{"name", "migrate"},
                    {"image", support::postgres_image()},
                    {"imagePullPolicy", "Never"},
                    {"command",
                     {"sh", "-c",
                      "echo '{\"sluice\":1,\"code\":0,\"run\":\"r\",\"target\":\"heads\",\"heads\":[\"001\"]}' > "
                      "/dev/termination-log"}}}}}}}});
  ASSERT_TRUE(
      support::eventually([&] { return world.get("pod", "impostor").at("status").value("phase", "") == "Succeeded"; }));
  // A run that ends with the impostor beside its own pod: Controller.ReadsNoPodThatItsJobDoesNotControl has the same
  // where only the impostor is left.
  world.annotate("shop", "sluice.dev/retry", "once-more");
  ASSERT_TRUE(support::eventually([&] {
    const json status = world.get("dbm", "shop").at("status");
    return status.at("run").value("retry", "") == "once-more" && status.at("run").contains("code");
  })) << world.story();
  EXPECT_EQ(world.condition("shop", "Ready"), "False/MigrationFailed") << world.story();
  EXPECT_EQ(world.get("dbm", "shop").at("status").value("heads", json::array()), json::array());
}

}  // namespace
