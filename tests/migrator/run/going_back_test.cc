// onFailure (run-protocol, Going back; guides S1, S2, S11).
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

std::vector<std::string> spec_of(const MigratorWorld& world, const std::string& on_failure, bool accept) {
  return {
      R"(SLUICE_SPEC={"database":{"urlFrom":{"secretKeyRef":{"name":"db","key":"url"}}},"migrations":{"configMaps":["x"]},"onFailure":")" +
          on_failure + R"(","backup":{"mode":"full","volume":{"emptyDir":{}},"acceptLostWrites":)" +
          (accept ? "true" : "false") +
          R"(},"checks":{"after":[{"name":"no t3","sql":"select to_regclass('t3') is null"}]}})",
      "SLUICE_BACKUP_DIR=" + world.backups()};
}

/// Does what a result's `next` ends with, in a shell that finds `sluice`.
Finished do_as_told(const MigratorWorld& world, const std::string& next) {
  const std::string folder = std::filesystem::path(support::binary("sluice")).parent_path();
  const std::string command = next.substr(next.rfind(": ") + 2);
  return support::run_program({"sh", "-ec", "PATH='" + folder + "':\"$PATH\"\n" + command}, world.environment());
}

class GoingBack : public testing::Test {
 protected:
  GoingBack() {
    world.tables(2);
    EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
    before = world.schema();
    world.ask("INSERT INTO t1 VALUES (7, 'kept')");
    world.tables(3);
  }
  MigratorWorld world = {};
  std::string before = {};
};

}  // namespace

TEST_F(GoingBack, RestoresTheBackupWhenACheckFails) {
  const Finished run = world.sluice({"run"}, spec_of(world, "restore", true));
  ASSERT_EQ(run.code, 30) << run.out << run.err;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.schema(), before);
  EXPECT_EQ(world.ask("SELECT note FROM t1 WHERE id = 7"), "kept");
  EXPECT_EQ(world.ask("SELECT result FROM sluice.sluice_run ORDER BY id DESC LIMIT 1"), "went back");
  EXPECT_EQ(
      world.ask("SELECT string_agg(direction, ',' ORDER BY id) FROM sluice.sluice_journal WHERE revision = '003'"),
      "up,restore");
  // Going back 1: what others wrote, apart from what may be the run's own.
  EXPECT_THAT(run.out, HasSubstr("rows that others wrote from the backup's start to the run's first step"));
}

// operator-protocol, Jobs 3: a crash-looping pod neither backs up nor restores again
TEST_F(GoingBack, IsNotRepeatedForTheSameFiles) {
  const auto spec = spec_of(world, "restore", true);
  ASSERT_EQ(world.sluice({"run"}, spec).code, 30);
  const Finished again = world.sluice({"run"}, spec);
  EXPECT_EQ(again.code, 30);
  EXPECT_THAT(again.out, Not(HasSubstr("backup started")));
  world.revision(3, "CREATE TABLE t4(id int);");
  EXPECT_EQ(world.sluice({"run"}, spec).code, 0);
}

// run-protocol, Going back 1
TEST_F(GoingBack, DoesNotLoseOthersWritesWithoutPermission) {
  const Finished run = world.sluice({"run"}, spec_of(world, "restore", false));
  EXPECT_EQ(run.code, 31);
  EXPECT_EQ(world.versions(), "003");
  EXPECT_THAT(last_value(run.out, "next"), HasSubstr("sluice restore "));
  // Whoever decides wants to know how much it is.
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("written since, this run's own included"));
}

// Typed as it is printed, by whoever decides that the writes may be lost.
TEST_F(GoingBack, PrintsTheCommandThatPutsTheBackupBack) {
  auto spec = spec_of(world, "restore", false);
  spec.push_back("SLUICE_BACKUP_DIR=" + world.folder() + "/it's here");  // as a shell reads it
  const Finished run = world.sluice({"run"}, spec);
  ASSERT_EQ(run.code, 31) << run.out;
  world.ask("INSERT INTO t1 VALUES (8, 'later')");
  const std::string next = last_value(run.out, "next");
  ASSERT_THAT(next, HasSubstr(": sluice restore "));
  const Finished restored = do_as_told(world, next);
  ASSERT_EQ(restored.code, 0) << restored.out << restored.err;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.schema(), before);
  EXPECT_EQ(world.ask("SELECT string_agg(id || note, ' ' ORDER BY id) FROM t1"), "1x 7kept");
  // The corrected release goes through.
  world.revision(3, "CREATE TABLE t4(id int);");
  const Finished corrected = world.sluice({"run"}, spec);
  EXPECT_EQ(corrected.code, 0) << corrected.out << corrected.err;
  EXPECT_EQ(world.versions(), "003");
}

// operator-protocol, Jobs 3: restore is refused in init-container mode
TEST_F(GoingBack, DoesNotRestoreFromAnInitContainer) {
  auto spec = spec_of(world, "restore", true);
  spec.push_back("SLUICE_INIT_CONTAINER=1");
  EXPECT_EQ(world.sluice({"run"}, spec).code, 31);
  EXPECT_EQ(world.versions(), "003");
}

TEST_F(GoingBack, RunsTheDownScripts) {
  const Finished run = world.sluice({"run"}, spec_of(world, "downgrade", false));
  ASSERT_EQ(run.code, 30) << run.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.schema(), before);
}

TEST_F(GoingBack, SaysWhichRevisionHasNoDownScript) {
  world.remove("003_step.down.sql");
  const Finished run = world.sluice({"run"}, spec_of(world, "downgrade", false));
  EXPECT_EQ(run.code, 31);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("003_step.up.sql"));
}

// Exit codes: 30 says that the previous state was restored, and here nobody undid anything.
TEST_F(GoingBack, EndsOtherwiseThan30WhereAnEarlierRunAppliedAll) {
  ASSERT_EQ(world.sluice({"run"}, spec_of(world, "stop", false)).code, 24);
  const Finished again = world.sluice({"run"}, spec_of(world, "downgrade", false));
  EXPECT_EQ(again.code, 31) << again.out;
  EXPECT_THAT(last_value(again.out, "message"), HasSubstr("this run applied nothing"));
  EXPECT_EQ(world.versions(), "003");
}

TEST_F(GoingBack, EndsOtherwiseThan30AgainWhereItCouldNotGoDown) {
  world.revision(3, "CREATE TABLE t3(id int);", "SELECT 1 / 0;");
  ASSERT_EQ(world.sluice({"run"}, spec_of(world, "downgrade", false)).code, 31);
  EXPECT_EQ(world.sluice({"run"}, spec_of(world, "downgrade", false)).code, 31);
  EXPECT_EQ(world.versions(), "003");
}

// Order of preference: the transaction comes first.
TEST_F(GoingBack, NeedsNoBackupWhereTheTransactionUndidAll) {
  world.revision(3, "CREATE TABLE t3(id int); SELECT 1 / 0;");
  const Finished run = world.sluice({"run"}, spec_of(world, "restore", true));
  EXPECT_EQ(run.code, 30) << run.out;
  EXPECT_THAT(run.out, Not(HasSubstr("\"how\":\"restore\"")));
  EXPECT_EQ(world.versions(), "002");
}

// Seen before anything is changed, not when the restore is needed.
TEST(Restore, IsSeenToBeImpossibleWhereTheRoleCouldNotMakeItsSchemasAgain) {
  const MigratorWorld world;
  world.tables(1);
  const std::string url = world.server().url_as(world.url(), "schema_owner", "secret");
  const std::string database = world.ask("SELECT current_database()");
  world.ask("CREATE SCHEMA app AUTHORIZATION schema_owner; GRANT CREATE ON SCHEMA public TO schema_owner");
  const std::vector<std::string> words = {"run",          "--on-failure", "restore", "--accept-lost-writes",
                                          "--backup-dir", world.backups()};
  const Finished refused = world.sluice(words, {"SLUICE_DATABASE_URL=" + url});
  EXPECT_EQ(refused.code, 32) << refused.out;
  EXPECT_THAT(last_value(refused.out, "message"), HasSubstr("GRANT CREATE ON DATABASE " + database));
  world.ask("GRANT CREATE ON DATABASE " + database + " TO schema_owner");
  EXPECT_EQ(world.sluice(words, {"SLUICE_DATABASE_URL=" + url}).code, 0);
}

// guides S1: only when something is pending
TEST(Backup, IsNotTakenWhereNothingIsPending) {
  const MigratorWorld world;
  world.tables(1);
  const std::vector<std::string> words = {"upgrade", "--backup-dir", world.backups()};
  EXPECT_THAT(world.sluice(words).out, HasSubstr("backup done"));
  EXPECT_THAT(world.sluice(words).out, Not(HasSubstr("backup")));
  world.ask("DELETE FROM sluice.sluice_run");
  EXPECT_THAT(world.sluice(words).out, Not(HasSubstr("backup")));
}

// run-protocol: 32: nothing was changed
TEST(Backup, StopsTheRunWhenItCannotBeMade) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"upgrade", "--backup-dir", "/proc/none"});
  EXPECT_EQ(run.code, 32) << run.out;
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
}

// guides S2, S3
TEST(Restore, PutsABackupBackByHand) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade", "001"});
  world.ask("INSERT INTO t1 VALUES (7, 'kept')");
  ASSERT_EQ(world.sluice({"backup", "--backup-dir", world.backups()}).code, 0);
  world.sluice({"upgrade"});
  world.ask("DELETE FROM t1");
  EXPECT_EQ(world.sluice({"restore", "latest", "--backup-dir", world.backups()}).code, 40);
  const Finished restored = world.sluice({"restore", "latest", "--backup-dir", world.backups(), "--yes"});
  ASSERT_EQ(restored.code, 0) << restored.out << restored.err;
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(world.ask("SELECT note FROM t1 WHERE id = 7"), "kept");
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.versions(), "002");
}
