// The operator killed at each failpoint of a reconcile: the next one goes on where it was (operator-protocol, Runtime
// 4). The operator in the cluster is scaled away meanwhile; the one with failpoints runs beside the cluster.
#include <gmock/gmock.h>

#include "tests/cluster/without_operator.h"

namespace {

using support::Program;
using support::WithoutOperator;
using support::World;

class OperatorKill : public WithoutOperator, public testing::WithParamInterface<const char*> {};

TEST_P(OperatorKill, TheNextOneGoesOnAndAppliesNothingTwice) {
  const World world;
  world.migration(
      "shop", {{"migrations",
                {{"configMaps", nullptr},
                 {"inline",
                  {{"files",
                    {{"001_a.up.sql", "create table a (id int);"}, {"002_b.up.sql", "create table b (id int);"}}}}}}}});
  {
    Program killed(operator_beside_the_cluster(world), {std::string("SLUICE_FAILPOINT=") + GetParam() + "=kill"});
    EXPECT_EQ(killed.wait().code, 137) << "the failpoint was not reached";
  }
  Program next(operator_beside_the_cluster(world));
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
  EXPECT_EQ(
      world.sql("select count(*), count(distinct revision) from sluice.sluice_journal where result = 'succeeded'"),
      "2|2");
}

INSTANTIATE_TEST_SUITE_P(Failpoints, OperatorKill,
                         testing::Values("reconcile.observed", "reconcile.config_map_created", "reconcile.job_created",
                                         "reconcile.decided", "reconcile.events_sent", "reconcile.status_written"));

TEST_F(WithoutOperator, AResourceThatNoOperatorHasSeenSaysSo) {  // operator-protocol, Status 1
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.migration("shop");
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("observedGeneration"), -1);
}

}  // namespace
