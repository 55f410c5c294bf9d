// Files and database must agree (run-protocol, State; guides E12, E13).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

TEST(History, RefusesAFileThatWasEditedAfterItWasApplied) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  world.file("001_step.up.sql", "CREATE TABLE t1(id bigint);");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("001_step.up.sql"));
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("git log -p"));
}

TEST(History, RefusesAFileThatCameBelowWhatIsApplied) {
  const MigratorWorld world;
  world.tables(4);
  world.revision(6, "CREATE TABLE t6(id int);");
  world.sluice({"upgrade"});
  world.revision(5, "CREATE TABLE t5(id int);");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("005_step.up.sql"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t5') IS NULL"), "t");
}

// Two services with folders 001… on one default table would believe each other's rows.
TEST(History, DoesNotBelieveNumbersThatSluiceNeverWrote) {
  const MigratorWorld world;
  world.tables(3);
  world.ask(
      "CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('002')");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("sluice stamp 002"));
  world.ask("CREATE TABLE t1(id int); CREATE TABLE t2(id int)");
  EXPECT_EQ(world.sluice({"stamp", "002"}).code, 0);
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.versions(), "003");
}

TEST(History, DoesNotBelieveNumbersBeyondItsOwnRecord) {
  const MigratorWorld world;
  world.tables(3);
  ASSERT_EQ(world.sluice({"upgrade", "001"}).code, 0);
  world.ask("UPDATE alembic_version SET version_num = '003'");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("sluice stamp 003"));
}

namespace {

// Four revisions of branch auth beside a root of another one.
void write_branch_of_four(const MigratorWorld& world) {
  world.file("b1_other.up.sql", "-- revision: b1\nCREATE TABLE b1(id int);\n");
  for (int i = 1; i <= 4; ++i) {
    const std::string id = "a" + std::to_string(i), table = "CREATE TABLE " + id + "(id int);\n";
    const std::string below = i == 1 ? "-- branch: auth\n" : "-- revises: a" + std::to_string(i - 1) + "\n";
    world.file(id + "_auth.up.sql", "-- revision: " + id + "\n" + below + table);
    world.file(id + "_auth.down.sql", "DROP TABLE " + id + ";\n");
  }
}

}  // namespace

// guides E2, E3: one step further from where the branch is, each time it is asked
TEST(History, CountsStepsOfABranchAnewEachTime) {
  const MigratorWorld world;
  write_branch_of_four(world);
  for (const char* at : {"a1", "a2", "a3"}) {
    ASSERT_EQ(world.sluice({"upgrade", "auth@+1"}).code, 0);
    EXPECT_EQ(world.versions(), at);
  }
  for (const char* at : {"a2", "a1"}) {
    ASSERT_EQ(world.sluice({"downgrade", "auth@-1", "--yes"}).code, 0);
    EXPECT_EQ(world.versions(), at);
  }
}

// A ledger with rows but no journal is accepted for Alembic-style ids.
TEST(History, AdoptsWhatAlembicApplied) {
  const MigratorWorld world;
  world.file("3f2a9c_users.up.sql", "-- revision: 3f2a9c\nCREATE TABLE users(id int);\n");
  world.file("81bd07_mail.up.sql", "-- revision: 81bd07\n-- revises: 3f2a9c\nALTER TABLE users ADD mail text;\n");
  world.ask(
      "CREATE TABLE users(id int); CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY);"
      "INSERT INTO alembic_version VALUES ('3f2a9c')");
  const Finished run = world.sluice({"upgrade"});
  ASSERT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.versions(), "81bd07");
  EXPECT_EQ(world.ask("SELECT string_agg(revision || ' ' || direction, ', ' ORDER BY id) FROM sluice.sluice_journal"),
            "3f2a9c adopt, 81bd07 up");
}

// guides T: can't locate revision X
TEST(History, NamesARowThatNoFileHas) {
  const MigratorWorld world;
  world.tables(2);
  world.ask(
      "CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('gone')");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("gone"));
}

// The id's length is checked against the real column before anything runs.
TEST(History, ChecksIdsAgainstTheLedgersColumn) {
  const MigratorWorld world;
  const std::string longest(40, 'a');
  world.file(longest + "_x.up.sql", "-- revision: " + longest + "\nCREATE TABLE t1(id int);\n");
  world.ask("CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY)");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("takes 32"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
}

// A shape newer than the binary knows is refused with a message.
TEST(History, RefusesAJournalOfANewerSluice) {
  const MigratorWorld world;
  world.tables(1);
  world.sluice({"upgrade"});
  world.ask(
      "COMMENT ON TABLE sluice.sluice_run IS 'sluice journal, shape 99'; UPDATE alembic_version SET version_num='x'");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("newer"));
}
