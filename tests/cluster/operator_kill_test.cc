// The operator killed at each failpoint of a reconcile: the next one goes on where it was (operator-protocol, Runtime
// 4). The operator in the cluster is scaled away meanwhile; the one with failpoints runs beside the cluster.
#include <gmock/gmock.h>

#include "tests/cluster/without_operator.h"

namespace {

using support::Program;
using support::WithoutOperator;
using support::World;

class OperatorKill : public WithoutOperator, public testing::WithParamInterface<const char*> {};

void write_migration(const World& world) {
  world.migration(
      "shop", {{"migrations",
                {{"configMaps", nullptr},
                 {"inline",
                  {{"files",
                    {{"001_a.up.sql", "create table a (id int);"}, {"002_b.up.sql", "create table b (id int);"}}}}}}}});
}

std::string killed_at(const std::string& point) { return "SLUICE_FAILPOINT=" + point + "=kill"; }

void expect_ready_and_applied_once(const World& world) {
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
  EXPECT_EQ(
      world.sql("select count(*), count(distinct revision) from sluice.sluice_journal where result = 'succeeded'"),
      "2|2");
}

TEST_P(OperatorKill, TheNextOneGoesOnAndAppliesNothingTwice) {
  const World world;
  write_migration(world);
  {
    Program killed(operator_beside_the_cluster(world), {killed_at(GetParam())});
    EXPECT_EQ(killed.wait().code, 137) << "the failpoint was not reached";
  }
  Program next(operator_beside_the_cluster(world));
  expect_ready_and_applied_once(world);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, OperatorKill,
                         testing::Values("reconcile.observed", "reconcile.config_map_created", "reconcile.job_created",
                                         "reconcile.decided", "reconcile.events_sent", "reconcile.status_written"));

class KilledWithTheResult : public WithoutOperator, public testing::WithParamInterface<const char*> {};

// The Job has ended while no operator was there; the one that finds its result is killed with it in hand.
TEST_P(KilledWithTheResult, TheNextOneTakesItInOnce) {
  const World world;
  write_migration(world);
  {
    Program first(operator_beside_the_cluster(world), {killed_at("reconcile.config_map_created")});  // the Job's files
    ASSERT_EQ(first.wait().code, 137);
    const auto has_ended = [&] {
      const std::vector<nlohmann::json> jobs = world.list("jobs");
      return jobs.size() == 1 && jobs[0].at("status").value("succeeded", 0) == 1;
    };
    ASSERT_TRUE(support::eventually(has_ended, 60)) << world.story();
    Program second(operator_beside_the_cluster(world), {killed_at(GetParam())});
    EXPECT_EQ(second.wait().code, 137) << "the failpoint was not reached";
  }
  Program last(operator_beside_the_cluster(world));
  expect_ready_and_applied_once(world);
  EXPECT_EQ(world.list("jobs").size(), 1U);
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("history").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, KilledWithTheResult,
                         testing::Values("reconcile.observed", "reconcile.decided", "reconcile.events_sent",
                                         "reconcile.status_written"));

// operator-protocol, Jobs 5: two Jobs are kept.
TEST_F(WithoutOperator, KilledAsItRemovesTheThirdJobItIsFollowedByOneThatGoesOn) {
  const World world;
  write_migration(world);
  const auto has_run = [&](std::size_t times) {
    return world.get("dbm", "shop").at("status").value("history", nlohmann::json::array()).size() == times;
  };
  Program killed(operator_beside_the_cluster(world), {killed_at("reconcile.jobs_removed")});
  for (std::size_t run = 1; run <= 3; ++run) {
    if (run > 1) world.annotate("shop", "sluice.dev/retry", std::to_string(run));
    ASSERT_TRUE(support::eventually([&] { return has_run(run); }, 60)) << run << world.story();
  }
  EXPECT_EQ(killed.wait().code, 137) << "the failpoint was not reached";
  Program next(operator_beside_the_cluster(world));
  world.annotate("shop", "sluice.dev/retry", "4");
  ASSERT_TRUE(support::eventually([&] { return has_run(4); }, 60)) << world.story();
  expect_ready_and_applied_once(world);
  EXPECT_TRUE(support::eventually([&] { return world.list("jobs").size() == 2; })) << world.story();
}

// operator-protocol, Sources 1: the Job waits for the scheduler while its files are changed.
TEST_F(WithoutOperator, FilesThatChangedBetweenHashAndMountAreNotRunUntilTheyAreHashedAnew) {
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.migration("shop", {{"retry", {{"backoff", "1s"}}}});
  support::cluster_part("pause", "scheduler");
  {
    Program first(operator_beside_the_cluster(world), {killed_at("reconcile.job_created")});
    EXPECT_EQ(first.wait().code, 137);
  }
  world.config_map("migrations",
                   {{"001_a.up.sql", "create table a (id int);"}, {"002_b.up.sql", "create table b (id int);"}});
  support::cluster_part("resume", "scheduler");
  const auto has_failed = [&] {
    const std::vector<nlohmann::json> jobs = world.list("jobs");
    return jobs.size() == 1 && jobs[0].at("status").value("failed", 0) == 1;
  };
  ASSERT_TRUE(support::eventually(has_failed, 90)) << world.story();
  EXPECT_EQ(world.sql("select to_regclass('a')"), "");
  Program next(operator_beside_the_cluster(world));
  expect_ready_and_applied_once(world);
  EXPECT_THAT(world.get("dbm", "shop").at("status").at("history").dump(), testing::HasSubstr("SourceChanged"));
}

TEST_F(WithoutOperator, AResourceThatNoOperatorHasSeenSaysSo) {  // operator-protocol, Status 1
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.migration("shop");
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("observedGeneration"), -1);
}

}  // namespace
