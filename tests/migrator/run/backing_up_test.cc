// A run's backup, and one by hand, beside what else goes on in the database.
#include <gmock/gmock.h>

#include <filesystem>
#include <set>

#include "tests/support/migrator_world.h"

using support::eventually;
using support::Finished;
using support::MigratorWorld;
using support::PausedSluice;
using support::PostgresServer;
using support::Program;
using testing::HasSubstr;

namespace {

/// Somebody holds table t1; gone with this.
class HeldTable {
 public:
  explicit HeldTable(const MigratorWorld& world)
      : program_({"psql", "-Xq", "-d", world.url(), "-c", "begin; lock table t1; select pg_sleep(600)"}) {
    EXPECT_TRUE(eventually([&] { return count(world, "granted") == "1"; }));
  }
  /// A dump waits for it.
  static bool is_wanted(const MigratorWorld& world) { return count(world, "not granted") == "1"; }

 private:
  static std::string count(const MigratorWorld& world, const std::string& where) {
    return world.ask("SELECT count(*) FROM pg_locks WHERE relation = 't1'::regclass AND " + where);
  }
  Program program_;
};

std::set<std::string> backups_of(const MigratorWorld& world) {
  std::set<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(world.backups())) {
    if (each.path().extension() == ".dump") names.insert(each.path().filename());
  }
  return names;
}

}  // namespace

// run-protocol, Exit codes: 10, not 32, so that the operator tries again
TEST(BackingUp, IsTriedAgainWhereTheServerWentAway) {
  const auto server = PostgresServer::start();
  const MigratorWorld world(*server);
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.tables(2);
  const std::vector<std::string> words = {"upgrade", "--backup-dir", world.backups()};
  {
    const HeldTable held(world);
    Program run(world.command(words), world.environment());
    ASSERT_TRUE(eventually([&] { return HeldTable::is_wanted(world); }));
    server->stop_immediate();
    const Finished ended = run.wait();
    EXPECT_EQ(ended.code, 10) << ended.out << ended.err;
  }
  server->restart();
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(world.sluice(words).code, 0);
  EXPECT_EQ(world.versions(), "002");
}

// Its backup is what going back means, for it and for whoever goes on with it.
TEST(BackingUp, ByHandDeletesNoBackupThatARunNeeds) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.tables(2);
  const std::vector<std::string> words = {"upgrade", "--backup-dir", world.backups()},
                                 by_hand = {"backup", "--keep", "1", "--backup-dir", world.backups()};
  PausedSluice run(world, words, "run.started");
  const std::set<std::string> of_the_run = backups_of(world);
  ASSERT_EQ(of_the_run.size(), 1u);
  EXPECT_THAT(world.sluice(by_hand).out, HasSubstr("older backups are kept: a run is at work"));
  EXPECT_EQ(backups_of(world).size(), 2u);
  run.signal(9);
  run.finish();
  ASSERT_TRUE(
      eventually([&] { return world.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"; }));
  ASSERT_EQ(world.sluice(by_hand).code, 0);
  EXPECT_EQ(backups_of(world).size(), 2u);
  EXPECT_EQ(backups_of(world).count(*of_the_run.begin()), 1u);
  ASSERT_EQ(world.sluice(words).code, 0);
  ASSERT_EQ(world.sluice(by_hand).code, 0);
  EXPECT_EQ(backups_of(world).size(), 1u);
}
