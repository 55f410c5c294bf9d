// Going back after a run that was cut off: to the state before the first attempt at this change, or the exit isn't 30
// (run-protocol, Going back 1).
#include <gmock/gmock.h>

#include <sys/mount.h>
#include <algorithm>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;
using testing::HasSubstr;

namespace {

/// At 002; 003 and 004 are good; 005 waits as long as somebody wants that, and then fails. The parameter is the signal
/// that the first attempt gets while it waits.
class CutOff : public testing::TestWithParam<int> {
 protected:
  CutOff() {
    world_.tables(2);
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    before_ = world_.schema();
    world_.ask("INSERT INTO t1 VALUES (7, 'wait')");
    world_.tables(4);
    world_.revision(5,
                    "DO $$ BEGIN IF EXISTS (SELECT FROM t1 WHERE note = 'wait') THEN PERFORM pg_sleep(60); END IF;"
                    " RAISE EXCEPTION 'bad'; END $$;\n",
                    "SELECT 1;\n");
  }
  std::vector<std::string> words(const std::string& on_failure) const {
    return {"run", "--on-failure", on_failure, "--accept-lost-writes", "--backup-dir", world_.backups()};
  }
  void cut_off_at_005(const std::string& on_failure) const {
    std::filesystem::create_directories(world_.backups());
    Program first(world_.command(words(on_failure)), world_.environment());
    ASSERT_TRUE(world_.comes_to_wait("PgSleep"));
    first.signal(GetParam());
    EXPECT_EQ(first.wait().code, 128 + GetParam());
    ASSERT_EQ(world_.versions(), "004");
    world_.ask("UPDATE t1 SET note = 'go on' WHERE id = 7");
  }
  const MigratorWorld world_ = {};
  std::string before_ = {};
};
INSTANTIATE_TEST_SUITE_P(Signal, CutOff, testing::Values(SIGKILL, SIGTERM),
                         [](const auto& each) { return each.param == SIGKILL ? "Killed" : "Terminated"; });

}  // namespace

// It had made its backup and changed nothing: what others wrote since is lost with that backup, not with a new one.
TEST(KilledBeforeItsFirstStep, LeavesTheNextRunToTakeABackupOfItsOwn) {
  const MigratorWorld world;
  world.tables(2);
  const std::vector<std::string> words = {"run",          "--on-failure", "restore", "--accept-lost-writes",
                                          "--backup-dir", world.backups()};
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.tables(3);
  world.revision(4, "SELECT 1/0;\n", "SELECT 1;\n");
  EXPECT_EQ(world.sluice(words, {"SLUICE_FAILPOINT=run.started=kill"}).code, 137);
  world.ask("INSERT INTO t1 VALUES (7, 'written meanwhile')");
  const Finished back = world.sluice(words);
  EXPECT_EQ(back.code, 30) << back.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.ask("SELECT note FROM t1 WHERE id = 7"), "written meanwhile");
}

TEST_P(CutOff, IsRestoredToBeforeTheFirstAttempt) {
  cut_off_at_005("restore");
  const Finished second = world_.sluice(words("restore"));
  EXPECT_EQ(second.code, 30) << second.out << second.err;
  EXPECT_EQ(world_.versions(), "002");
  EXPECT_EQ(world_.schema(), before_);
  EXPECT_EQ(world_.ask("SELECT note FROM t1 WHERE id = 7"), "wait");
  EXPECT_EQ(last_value(second.out, "pending"), "3");
  EXPECT_THAT(second.out, testing::ContainsRegex("lost are [1-9][0-9]* rows written since the backup of an earlier"));
  // The restored journal says so: the same files aren't tried again.
  const Finished third = world_.sluice(words("restore"));
  EXPECT_EQ(third.code, 30);
  EXPECT_THAT(third.out, HasSubstr("nothing was tried again"));
}

// run-protocol, Going back 1: the report counts, also where a person must decide
TEST_P(CutOff, WithoutPermissionToLoseWritesSaysHowManyThereAre) {
  cut_off_at_005("restore");
  std::vector<std::string> careful = words("restore");
  careful.erase(std::find(careful.begin(), careful.end(), "--accept-lost-writes"));
  const Finished second = world_.sluice(careful);
  EXPECT_EQ(second.code, 31) << second.out << second.err;
  EXPECT_THAT(last_value(second.out, "message"), HasSubstr("rows written since the backup of an earlier attempt"));
}

TEST_P(CutOff, IsTakenDownToBeforeTheFirstAttempt) {
  cut_off_at_005("downgrade");
  const Finished second = world_.sluice(words("downgrade"));
  EXPECT_EQ(second.code, 30) << second.out << second.err;
  EXPECT_EQ(world_.versions(), "002");
  EXPECT_EQ(world_.schema(), before_);
}

TEST_P(CutOff, EndsOtherwiseThan30WhereTheBackupFromBeforeIsGone) {
  cut_off_at_005("restore");
  std::filesystem::remove_all(world_.backups());
  const Finished second = world_.sluice(words("restore"));
  EXPECT_EQ(second.code, 31) << second.out << second.err;
  EXPECT_THAT(last_value(second.out, "message"), HasSubstr("there is no backup from before it"));
  EXPECT_EQ(world_.versions(), "004");
}

TEST_P(CutOff, EndsOtherwiseThan30WhereADownScriptIsMissing) {
  world_.remove("003_step.down.sql");
  cut_off_at_005("downgrade");
  const Finished second = world_.sluice(words("downgrade"));
  EXPECT_EQ(second.code, 31) << second.out << second.err;
  EXPECT_THAT(last_value(second.out, "message"), HasSubstr("003_step.up.sql"));
}

TEST(EarlierBackup, NeedsNoRoomForAnother) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "-- transaction: off\nVACUUM t1;\n");
  std::filesystem::create_directories(world.backups());
  ASSERT_EQ(::mount("tmpfs", world.backups().c_str(), "tmpfs", 0, "size=1m"), 0);
  const std::vector<std::string> words = {"run", "--backup-dir", world.backups()};
  EXPECT_EQ(world.sluice(words, {"SLUICE_FAILPOINT=step-begun=kill"}).code, 128 + SIGKILL);
  std::ofstream(world.backups() + "/others") << std::string(2 << 20, 'x');
  const Finished second = world.sluice(words);
  ::umount(world.backups().c_str());
  EXPECT_EQ(second.code, 0) << second.out;
}
