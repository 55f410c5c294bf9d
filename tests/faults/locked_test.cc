// What another session has locked (issue 3, "Bad input and faults").
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::eventually;
using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;
using testing::HasSubstr;

namespace {

/// Holds the version table as a restore in place does.
class LockedLedger : public testing::Test {
 protected:
  LockedLedger() {
    world.tables(1);
    EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
    world.revision(2, "CREATE TABLE t2(id int);");
    holder.emplace(std::vector<std::string>{"psql", "-Xq", "-d", world.url(), "-c", "BEGIN", "-c",
                                            "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE", "-c", "\\echo held",
                                            "-c", "SELECT pg_sleep(120)"});
    EXPECT_TRUE(holder->wait_for_output("held"));
  }
  bool is_waited_for() {
    return eventually([&] {
      return world.ask(
                 "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
                 "current_database()") == "t";
    });
  }
  MigratorWorld world = {};
  std::optional<Program> holder = {};
};

}  // namespace

TEST_F(LockedLedger, IsNotWaitedForBeyondTheTimeout) {
  const Finished ended = world.sluice({"wait", "--timeout", "1s"});
  EXPECT_EQ(ended.code, 50) << ended.out;
  EXPECT_THAT(last_value(ended.out, "message"), HasSubstr("55P03"));
  EXPECT_EQ(world.sluice({"current"}).code, 10);
}

TEST_F(LockedLedger, LetsGoOfWhoeverIsToldToStop) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"wait"}, {"upgrade"}}) {
    Program run(world.command(words), world.environment());
    ASSERT_TRUE(is_waited_for());
    run.signal(15);
    const Finished ended = run.wait();
    EXPECT_EQ(ended.code, 143) << ended.out;
  }
  world.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  EXPECT_EQ(world.versions(), "001");
}

// The step holds the version table and the run's lock, as a restore does: who comes next says for whom it waits.
TEST(Locked, LedgerIsWaitedForUnderTheRunLock) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.revision(2, "LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE;\nSELECT pg_sleep(120);\n");
  Program first(world.command({"upgrade"}), world.environment());
  ASSERT_TRUE(first.wait_for_output("step started"));
  Program second(world.command({"upgrade"}), world.environment());
  EXPECT_TRUE(second.wait_for_output("waiting for lock"));
}

// Lock timeout of a statement: not now, try again; the step left nothing
TEST(Locked, TableEndsTheStepWithoutATrace) {
  const MigratorWorld world;
  world.tables(1);
  world.sluice({"upgrade"});
  world.revision(2, "CREATE TABLE t2(id int);\nALTER TABLE t1 ADD more int;\n");
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "BEGIN", "-c", "LOCK TABLE t1", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(60)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  const Finished run = world.sluice({"upgrade", "--lock-timeout", "50ms", "--on-blocked", "give-up"});
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_EQ(world.ask("SELECT to_regclass('t2') IS NULL"), "t");
  EXPECT_EQ(world.versions(), "001");
}
