// The folder of backups has no room (issue 3, Server; guides S1): the run ends with 32 before it changed anything.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <filesystem>
#include <stdexcept>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;
using testing::MatchesRegex;

namespace {

/// At revision 1, with a second one pending, and backups go to a file system of one megabyte.
class FullBackupFolder : public testing::Test {
 protected:
  FullBackupFolder() {
    world_.tables(1);
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    world_.tables(2);
    if (::mount("tmpfs", world_.backups().c_str(), "tmpfs", 0, "size=1m") != 0) throw std::runtime_error("mount tmpfs");
  }
  ~FullBackupFolder() override { ::umount(world_.backups().c_str()); }
  Finished upgrade() const { return world_.sluice({"upgrade", "--backup-dir", world_.backups()}); }
  void expect_that_nothing_was_done() const {
    EXPECT_TRUE(std::filesystem::is_empty(world_.backups()));
    EXPECT_EQ(world_.versions(), "001");
    EXPECT_EQ(world_.ask("SELECT to_regclass('t2') IS NULL"), "t");
    EXPECT_EQ(world_.ask("SELECT count(*) || ' ' || (SELECT count(*) FROM sluice.sluice_run) FROM "
                         "sluice.sluice_journal"),
              "1 1");
  }
  const MigratorWorld world_ = {};
};

}  // namespace

TEST_F(FullBackupFolder, IsSeenBeforeTheDumpBegins) {
  // Of what a database takes on disk its dump may take a twentieth, and of this one that is more than there is room.
  world_.ask("CREATE TABLE big AS SELECT n, repeat('x', 1000) AS note FROM generate_series(1, 30000) n");
  const Finished run = upgrade();
  EXPECT_EQ(run.code, 32) << run.out << run.err;
  EXPECT_THAT(last_value(run.out, "message"), MatchesRegex(".* has room for [0-9]+ bytes, .*backup.keep.*"));
  EXPECT_THAT(run.out, Not(HasSubstr("backup started")));
  expect_that_nothing_was_done();
}

TEST_F(FullBackupFolder, IsFoundInMidDump) {
  // Small on disk, and hardly smaller in the dump.
  world_.ask(
      "CREATE TABLE noise AS SELECT n, md5(random()::text) || md5(random()::text) AS note FROM "
      "generate_series(1, 40000) n");
  const Finished run = upgrade();
  EXPECT_EQ(run.code, 32) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("backup started"));
  EXPECT_THAT(last_value(run.out, "message"), MatchesRegex(".* is full after [0-9]+ bytes of the backup; .*"));
  expect_that_nothing_was_done();
  // As the message says: "give a larger volume".
  ASSERT_EQ(::mount("", world_.backups().c_str(), "", MS_REMOUNT, "size=64m"), 0);
  EXPECT_EQ(upgrade().code, 0);
  EXPECT_EQ(world_.versions(), "002");
}
