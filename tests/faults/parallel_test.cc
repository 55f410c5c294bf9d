// Many at once (guides D3: with several replicas one migrates and the others wait).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::eventually;
using support::Finished;
using support::MigratorWorld;
using support::Program;

TEST(Parallel, SixteenMigratorsApplyEachRevisionOnce) {
  const MigratorWorld world;
  world.tables(20);
  world.revision(10, "CREATE TABLE t10(id int);\nSELECT pg_sleep(0.3);\n");
  std::vector<std::unique_ptr<Program>> runs;
  for (int i = 0; i < 16; ++i) {
    runs.push_back(std::make_unique<Program>(
        world.command({"run"}),
        world.environment({"SLUICE_TERMINATION_LOG=" + world.folder() + "/result" + std::to_string(i)})));
  }
  for (const auto& run : runs) {
    const Finished ended = run->wait();
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  }
  EXPECT_EQ(world.versions(), "020");
  EXPECT_EQ(world.ask("SELECT count(*) || ' ' || count(DISTINCT revision) FROM sluice.sluice_journal"), "20 20");
}

// issue 3: of 16 at once those waiting hold one connection each. Each has a role of its own, which tells them apart.
TEST(Parallel, AWaitingRunHoldsOneConnection) {
  const MigratorWorld world;
  world.tables(4);
  world.revision(2, "CREATE TABLE t2(id int);\nSELECT pg_advisory_lock_shared(4242);\n");
  // Holds the first inside revision 2 until the others have been looked at.
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "SELECT pg_advisory_lock(4242)", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(600)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  std::vector<std::unique_ptr<Program>> runs;
  const auto start_as = [&](const std::string& role) {
    const std::string url = world.server().url_as(world.url(), role, "x");
    world.ask("ALTER ROLE " + role + " SUPERUSER");
    runs.push_back(std::make_unique<Program>(
        world.command({"run", "--lock-timeout", "10m"}),
        world.environment({"SLUICE_DATABASE_URL=" + url, "SLUICE_TERMINATION_LOG=" + world.folder() + "/" + role})));
  };
  start_as("at_work");
  ASSERT_TRUE(runs[0]->wait_for_output("\"event\":\"blocked\""));
  for (int i = 1; i < 16; ++i) start_as("waiting_" + std::to_string(i));
  for (std::size_t i = 1; i < runs.size(); ++i) ASSERT_TRUE(runs[i]->wait_for_output("waiting for lock"));
  // Connections and roles; looked at again and again until each has asked for the lock at least three times more.
  const std::string of_the_waiting = " FROM pg_stat_activity WHERE usename LIKE 'waiting\\_%'";
  for (int times = 0; times < 3; ++times) {
    const std::string before = world.ask("SELECT clock_timestamp()");
    EXPECT_TRUE(eventually([&] {
      EXPECT_EQ(world.ask("SELECT count(*) || ' ' || count(DISTINCT usename)" + of_the_waiting), "15 15");
      return world.ask("SELECT min(query_start) > '" + before + "'" + of_the_waiting) == "t";
    }));
  }
  world.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  for (const auto& run : runs) {
    const Finished ended = run->wait();
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  }
  EXPECT_EQ(world.versions(), "004");
  EXPECT_EQ(world.ask("SELECT string_agg(revision || result, ' ' ORDER BY id) FROM sluice.sluice_journal"),
            "001succeeded 002succeeded 003succeeded 004succeeded");
}

// A migrator that waited for its turn inside the server would hold a snapshot that the build waits for.
TEST(Parallel, MigratorsThatWaitNeverHoldUpAConcurrentIndexBuild) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"run"}).code, 0);
  world.revision(2, "CREATE INDEX CONCURRENTLY t1_note ON t1 (note);");
  // An older transaction, which the build waits for, until the others wait for their turn.
  Program older({"psql", "-Xq", "-d", world.url(), "-c", "BEGIN", "-c", "INSERT INTO t1 VALUES (2, 'y')", "-c",
                 "\\echo open", "-c", "SELECT pg_sleep(120)"});
  ASSERT_TRUE(older.wait_for_output("open"));
  Program first(world.command({"run"}), world.environment());
  ASSERT_TRUE(eventually([&] { return world.ask("SELECT count(*) FROM pg_stat_progress_create_index") == "1"; }));
  std::vector<std::unique_ptr<Program>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::make_unique<Program>(
        world.command({"run"}),
        world.environment({"SLUICE_TERMINATION_LOG=" + world.folder() + "/result" + std::to_string(i)})));
  }
  for (const auto& run : waiting) ASSERT_TRUE(run->wait_for_output("waiting for lock"));
  world.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  EXPECT_EQ(first.wait().code, 0);
  for (const auto& run : waiting) EXPECT_EQ(run->wait().code, 0);
  EXPECT_EQ(world.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 't1_note'::regclass"), "t");
}

// Two resources for one database and ledger: the same folder is applied once, another folder ends 21.
TEST(Parallel, AnotherFolderOnTheSameLedgerIsRefused) {
  const MigratorWorld world;
  world.tables(2);
  ASSERT_EQ(world.sluice({"run"}).code, 0);
  world.file("../other/001_other.up.sql", "CREATE TABLE other(id int);");
  EXPECT_EQ(world.sluice({"run"}, {"SLUICE_MIGRATIONS=" + world.folder() + "/other"}).code, 21);
  EXPECT_EQ(world.sluice({"run", "--ledger", "other_version"}, {"SLUICE_MIGRATIONS=" + world.folder() + "/other"}).code,
            0);
}
