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

namespace {

/// A database at 002, whose first file was edited since.
class StampEdited : public testing::Test {
 protected:
  StampEdited() {
    world_.tables(3);
    EXPECT_EQ(world_.sluice({"upgrade", "002"}).code, 0);
    world_.file("001_step.up.sql", "CREATE TABLE t1(id bigint);\n");
  }
  const MigratorWorld world_ = {};
};

}  // namespace

// guides E12: that the new text counts as what was applied is for `sluice repair` to say
TEST_F(StampEdited, IsRefusedAndNamedAndSaysWhatRepairsIt) {
  const Finished refused = world_.sluice({"stamp", "heads"});
  EXPECT_EQ(refused.code, 21);
  EXPECT_THAT(refused.out, AllOf(HasSubstr("001_step.up.sql"), HasSubstr("sluice repair 001")));
  EXPECT_EQ(world_.versions(), "002");
  EXPECT_EQ(world_.ask("SELECT count(*) FROM sluice.sluice_journal WHERE direction = 'stamp'"), "0");
  EXPECT_EQ(world_.sluice({"repair", "001"}).code, 0);
  EXPECT_EQ(world_.sluice({"stamp", "heads"}).code, 0);
  EXPECT_EQ(world_.versions(), "003");
}

TEST_F(StampEdited, IsTakenAsItIsWithPurge) {
  EXPECT_EQ(world_.sluice({"stamp", "--purge", "heads"}).code, 0);
  EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
}

TEST_F(StampEdited, StandsInNobodysWayWhereItIsNotStamped) {
  EXPECT_EQ(world_.sluice({"stamp", "base"}).code, 0);
  EXPECT_EQ(world_.sluice({"stamp", "heads"}).code, 0);
}
