// guides E8
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;

TEST(Stamp, AdoptsADatabaseThatHasEverything) {
  const MigratorWorld world;
  world.tables(3);
  EXPECT_EQ(world.sluice({"stamp", "heads"}).code, 0);
  EXPECT_EQ(world.versions(), "003");
  EXPECT_EQ(world.ask("SELECT count(*) FROM sluice.sluice_journal WHERE direction = 'stamp'"), "3");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.out, HasSubstr("nothing to do"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
}

TEST(Stamp, GoesBackToo) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  EXPECT_EQ(world.sluice({"stamp", "001"}).code, 0);
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(world.sluice({"stamp", "base"}).code, 0);
  EXPECT_EQ(world.versions(), "");
}

TEST(Stamp, ReplacesUnknownRowsOnlyWithPurge) {
  const MigratorWorld world;
  world.tables(2);
  world.ask(
      "CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('gone')");
  const Finished refused = world.sluice({"stamp", "002"});
  EXPECT_EQ(refused.code, 21);
  EXPECT_THAT(refused.out + refused.err, HasSubstr("--purge"));
  EXPECT_EQ(world.sluice({"stamp", "--purge", "002"}).code, 0);
  EXPECT_EQ(world.versions(), "002");
}

TEST(Stamp, LeavesOtherBranchesAlone) {
  const MigratorWorld world;
  world.file("a1_x.up.sql", "-- revision: a1\nSELECT 1;\n");
  world.file("b1_y.up.sql", "-- revision: b1\nSELECT 1;\n");
  world.file("b2_y.up.sql", "-- revision: b2\n-- revises: b1\nSELECT 1;\n");
  world.sluice({"stamp", "a1"});
  world.sluice({"stamp", "b1"});
  EXPECT_EQ(world.versions(), "a1,b1");
  world.sluice({"stamp", "b2"});
  EXPECT_EQ(world.versions(), "a1,b2");
}
