// kill -9 while a run goes back by its backup: the next run finishes that, and says so (run-protocol, Going back;
// operator-protocol, Jobs 3).
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;

namespace {

constexpr const char* kSpec = R"(SLUICE_SPEC={"database":{"urlFrom":{"secretKeyRef":{"name":"db","key":"url"}}},)"
                              R"("migrations":{"configMaps":["x"]},"onFailure":"restore",)"
                              R"("backup":{"mode":"full","volume":{"emptyDir":{}},"acceptLostWrites":true},)"
                              R"("checks":{"after":[{"name":"no t4","sql":"select to_regclass('t4') is null"}]}})";

std::vector<std::string> environment(const MigratorWorld& world) {
  return world.environment({kSpec, "SLUICE_BACKUP_DIR=" + world.backups()});
}

/// At revision 3 with a row of the application; revision 4 is the bad one.
void prepare(const MigratorWorld& world) {
  world.tables(3);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.ask("INSERT INTO t1 VALUES (7, 'kept')");
  world.tables(4);
}

std::chrono::microseconds duration_of_going_back() {
  const MigratorWorld world;
  prepare(world);
  Program run(world.command({"run"}), environment(world));
  EXPECT_TRUE(run.wait_for_output("\"event\":\"going back\""));
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(run.wait().code, 30);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
}

class KillRestore : public testing::TestWithParam<int> {};

}  // namespace

TEST_P(KillRestore, AtRandomInstantsIsFinishedByTheNextRun) {
  constexpr int kInstants = 5;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const auto took = duration_of_going_back();
  for (int i = 0; i < kInstants; ++i) {
    const MigratorWorld world;
    prepare(world);
    const std::string before = world.schema();
    Program run(world.command({"run"}), environment(world));
    const auto instant = std::uniform_int_distribution<long>(0, took.count())(random);
    if (run.wait_for_output("\"event\":\"going back\"")) ::usleep(static_cast<useconds_t>(instant));
    run.signal(9);
    run.wait();
    // Killed before the restore had begun, the next run finds its step applied and its check owed, and goes back.
    const Finished next = support::run_program(world.command({"run"}), environment(world));
    ASSERT_EQ(next.code, 30) << "killed after " << instant << " us: " << next.out << next.err;
    // The table of t4 is there in neither; the bad revision is gone from the ledger, the application's row is back.
    ASSERT_EQ(world.versions(), "003") << "killed after " << instant << " us";
    ASSERT_EQ(world.ask("SELECT note FROM t1 WHERE id = 7"), "kept");
    ASSERT_EQ(world.ask("SELECT to_regclass('t4') IS NULL"), "t");
    ASSERT_EQ(world.schema(), before) << "killed after " << instant << " us";
    ASSERT_EQ(world.ask("SELECT result FROM sluice.sluice_run ORDER BY id DESC LIMIT 1"), "went back");
    // The corrected release goes through.
    world.revision(4, "CREATE TABLE t5(id int);");
    ASSERT_EQ(support::run_program(world.command({"run"}), environment(world)).code, 0);
  }
}

TEST(KilledRestore, WhoseBackupIsGoneIsGivenUpOnceAndForAll) {
  const MigratorWorld world;
  prepare(world);
  std::vector<std::string> killed = environment(world);
  killed.push_back("SLUICE_FAILPOINT=restore-created=kill");
  ASSERT_EQ(support::run_program(world.command({"run"}), killed).code, 137);
  std::filesystem::remove_all(world.backups());
  const Finished told = world.sluice({"upgrade"});
  EXPECT_EQ(told.code, 31) << told.out << told.err;
  EXPECT_THAT(last_value(told.out, "message"),
              testing::HasSubstr("left unfinished is given up: can't read the backup"));
  world.tables(5);
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.versions(), "005");
}

INSTANTIATE_TEST_SUITE_P(Seeds, KillRestore, testing::Range(1, 7));
