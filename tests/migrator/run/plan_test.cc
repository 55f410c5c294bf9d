// Looking without touching: plan.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

TEST(Plan, SaysWhatWouldRunAndChangesNothing) {
  const MigratorWorld world;
  world.tables(2);
  const Finished plan = world.sluice({"plan"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("001_step.up.sql"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
}

TEST(Plan, HasTheSameHashForTheSameWork) {
  const MigratorWorld world;
  world.tables(2);
  const std::string hash = last_value(world.sluice({"plan"}).out, "plan_hash");
  EXPECT_EQ(last_value(world.sluice({"plan"}).out, "plan_hash"), hash);
  world.revision(2, "CREATE TABLE t2(id bigint);");
  EXPECT_NE(last_value(world.sluice({"plan"}).out, "plan_hash"), hash);
}
