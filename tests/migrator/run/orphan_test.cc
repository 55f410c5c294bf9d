// A killed run's session may still be at work, and holds the second key (run-protocol, Lock 2).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"
#include "tests/support/postgres_server.h"

namespace {

using support::Finished;
using support::MigratorWorld;
using support::Program;

/// Somebody who holds the key that only a run's working session takes.
class LeftAtWork : public testing::Test {
 protected:
  LeftAtWork() {
    world_.revision(1,
                    "CREATE TABLE key AS SELECT (classid::bigint << 32) | objid::bigint AS key FROM pg_locks WHERE "
                    "locktype = 'advisory' AND pid = pg_backend_pid();");
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    world_.revision(2, "CREATE TABLE t2(id int);");
    session_.emplace(std::vector<std::string>{"psql", "-Xq", "-d", world_.url(), "-c",
                                              "SELECT pg_advisory_lock(key) FROM key", "-c", "SELECT pg_sleep(600)"});
    EXPECT_TRUE(support::eventually([this] { return is_at_work(); }));
  }
  bool is_at_work() const {
    return world_.ask("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'") == "1";
  }
  const MigratorWorld world_ = {};
  std::optional<Program> session_ = {};
};

TEST_F(LeftAtWork, IsWaitedFor) {
  const Finished run = world_.sluice({"upgrade", "--lock-wait", "1s"});
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_TRUE(is_at_work());
  EXPECT_EQ(world_.versions(), "001");
}

TEST_F(LeftAtWork, IsEndedWhereWhoeverBlocksIsToBeEnded) {
  const Finished run = world_.sluice({"upgrade", "--on-blocked", "terminate", "--lock-timeout", "200ms"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_FALSE(is_at_work());
  EXPECT_EQ(world_.versions(), "002");
}

}  // namespace
