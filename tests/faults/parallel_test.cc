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

// issue 3: those waiting hold one connection each
TEST(Parallel, AWaitingRunHoldsOneConnection) {
  const MigratorWorld world;
  world.revision(1, "SELECT pg_advisory_lock_shared(4242);");
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "SELECT pg_advisory_lock(4242)", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(60)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  Program first(world.command({"run"}), world.environment());
  ASSERT_TRUE(first.wait_for_output("\"event\":\"blocked\""));
  const std::string count =
      "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
      "pg_backend_pid() AND query NOT LIKE '%pg_sleep%'";
  const int alone = std::stoi(world.ask(count));
  std::vector<std::unique_ptr<Program>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::make_unique<Program>(world.command({"run"}), world.environment()));
  }
  for (const auto& run : waiting) ASSERT_TRUE(run->wait_for_output("waiting for lock"));
  EXPECT_EQ(std::stoi(world.ask(count)), alone + 4);
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
