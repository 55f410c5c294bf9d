// SIGTERM: cancel the running statement, roll back, release the locks, report (design, the pipeline).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;

TEST(Sigterm, RollsBackTheRunningStep) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "CREATE TABLE t2(id int);\nSELECT pg_sleep(60);\n");
  Program run(world.command({"run"}), world.environment());
  ASSERT_TRUE(world.comes_to_wait("PgSleep"));
  run.signal(15);
  const Finished ended = run.wait();
  EXPECT_EQ(ended.code, 143) << ended.out;
  EXPECT_EQ(last_value(ended.out, "code"), "143");
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(world.ask("SELECT to_regclass('t2') IS NULL"), "t");
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
  EXPECT_EQ(world.ask("SELECT result FROM sluice.sluice_run ORDER BY id DESC LIMIT 1"), "cancelled");
}

TEST(Sigterm, EndsARunThatWaitsForTheLock) {
  const MigratorWorld world;
  world.revision(1, "SELECT pg_sleep(60);");
  Program first(world.command({"run"}), world.environment());
  ASSERT_TRUE(first.wait_for_output("step started"));
  Program second(world.command({"run"}), world.environment());
  ASSERT_TRUE(second.wait_for_output("waiting for lock"));
  second.signal(15);
  EXPECT_EQ(second.wait().code, 143);
}

// The next run goes on where it stopped, and doesn't take 143 for a failure of the files.
TEST(Sigterm, IsFollowedByARunThatFinishes) {
  const MigratorWorld world;
  world.tables(3);
  world.revision(2, "CREATE TABLE t2(id int);\nSELECT pg_advisory_lock_shared(4242);\n");
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "SELECT pg_advisory_lock(4242)", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(60)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  Program run(world.command({"run"}), world.environment());
  ASSERT_TRUE(world.comes_to_wait("advisory"));
  run.signal(15);
  EXPECT_EQ(run.wait().code, 143);
  holder.signal(9);
  world.ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> "
      "pg_backend_pid()");
  EXPECT_EQ(world.sluice({"run"}).code, 0);
  EXPECT_EQ(world.versions(), "003");
}
