// kill -9 while a run goes back by its backup: the next run finishes that, and says so (run-protocol, Going back;
// operator-protocol, Jobs 3).
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
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

/// What stands in the way of a swap, where the restore is to be in place.
void choose_way(const MigratorWorld& world, const std::string& way) {
  if (way == "InPlace") {
    world.ask("CREATE SUBSCRIPTION in_the_way CONNECTION '' PUBLICATION none WITH (connect = false)");
  }
}

struct Unkilled {
  std::string schema = {}, succeeded = {};
  std::chrono::microseconds took = {};  // going back
};

Unkilled unkilled_restore(const std::string& way) {
  const MigratorWorld world;
  prepare(world);
  choose_way(world, way);
  Unkilled truth{.schema = world.schema()};
  Program run(world.command({"run"}), environment(world));
  EXPECT_TRUE(run.wait_for_output("\"event\":\"going back\""));
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(run.wait().code, 30);
  truth.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started);
  truth.succeeded = world.succeeded();
  // A swap keeps the old database beside the new one.
  EXPECT_EQ(world.ask("SELECT count(*) > 0 FROM pg_database WHERE datname LIKE current_database() || '\\_before\\_%'"),
            way == "Swap" ? "t" : "f");
  return truth;
}

/// Killed before the restore had begun, it finds its step applied and its check owed, and goes back.
void expect_that_the_next_run_goes_back(const MigratorWorld& world, const Unkilled& truth) {
  const Finished next = support::run_program(world.command({"run"}), environment(world));
  ASSERT_EQ(next.code, 30) << next.out << next.err;
  // The table of t4 is there in neither; the bad revision is gone from the ledger, the application's row is back.
  ASSERT_EQ(world.versions(), "003");
  ASSERT_EQ(world.ask("SELECT note FROM t1 WHERE id = 7"), "kept");
  ASSERT_EQ(world.schema(), truth.schema);
  ASSERT_EQ(world.succeeded(), truth.succeeded);
  ASSERT_EQ(world.ask("SELECT result FROM sluice.sluice_run ORDER BY id DESC LIMIT 1"), "went back");
}

class KillRestore : public testing::TestWithParam<std::tuple<std::string, int>> {};

}  // namespace

TEST_P(KillRestore, AtRandomInstantsIsFinishedByTheNextRun) {
  constexpr int kKills = 5, kMostDraws = 25;
  const auto& [way, seed] = GetParam();
  std::mt19937 random(static_cast<unsigned>(seed));
  const Unkilled truth = unkilled_restore(way);
  long longest = truth.took.count();
  int killed = 0;
  for (int draws = 0; killed < kKills; ++draws) {
    ASSERT_LT(draws, kMostDraws) << "only " << killed << " of the kills found a run";
    const MigratorWorld world;
    prepare(world);
    choose_way(world, way);
    Program run(world.command({"run"}), environment(world));
    const auto instant = std::uniform_int_distribution<long>(0, longest)(random);
    SCOPED_TRACE("killed " + std::to_string(instant) + " us after it began to go back");
    ASSERT_TRUE(run.wait_for_output("\"event\":\"going back\""));
    ::usleep(static_cast<useconds_t>(instant));
    run.signal(SIGKILL);
    if (const Finished ended = run.wait(); ended.code != 128 + SIGKILL) {
      ASSERT_EQ(ended.code, 30) << ended.out << ended.err;
      longest = instant;  // it takes less than that: another instant is drawn
      continue;
    }
    expect_that_the_next_run_goes_back(world, truth);
    if (HasFatalFailure()) return;
    if (++killed > 1) continue;
    // The corrected release goes through.
    world.revision(4, "CREATE TABLE t5(id int);");
    ASSERT_EQ(support::run_program(world.command({"run"}), environment(world)).code, 0);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, KillRestore, testing::Combine(testing::Values("Swap", "InPlace"), testing::Range(1, 7)),
                         [](const auto& each) {
                           return std::get<0>(each.param) + "_" + std::to_string(std::get<1>(each.param));
                         });

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
