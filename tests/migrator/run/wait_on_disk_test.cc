// An asynchronous commit is visible before it is on disk (run-protocol, A transactional step 5).
#include <gmock/gmock.h>
#include <signal.h>

#include "tests/support/migrator_world.h"

using support::MigratorWorld;
using support::PostgresServer;
using support::Program;

namespace {

/// A server on which nothing but a flushed commit writes WAL to disk while its WAL writer stands still.
class WalWriter {
 public:
  explicit WalWriter(const MigratorWorld& world)
      : pid_(std::stoi(world.ask("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"))) {
    ::kill(pid_, SIGSTOP);
  }
  ~WalWriter() { ::kill(pid_, SIGCONT); }
  WalWriter(const WalWriter&) = delete;
  WalWriter& operator=(const WalWriter&) = delete;

 private:
  int pid_;
};

}  // namespace

// A crash would lose the revision again: an application that started on it would be wrong.
TEST(WaitOnDisk, SaysYesToAMiddleRevisionOnlyWhenItIsFlushed) {
  const auto server = PostgresServer::start({"autovacuum = off", "bgwriter_lru_maxpages = 0"});
  const MigratorWorld world(*server);
  world.tables(1);
  world.revision(2, "LOCK TABLE held;\n");
  world.ask("CREATE TABLE held(id int)");
  const WalWriter stopped(world);
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "BEGIN; LOCK TABLE held", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(600)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  Program run(world.command({"upgrade", "--lock-timeout", "600s"}), world.environment());
  ASSERT_TRUE(support::eventually([&] {
    return world.ask("SELECT to_regclass('alembic_version') IS NOT NULL") == "t" && world.versions() == "001";
  }));
  const std::vector<std::string> wait = {"wait", "--at-least", "001", "--timeout", "500ms", "--interval", "50ms"};
  EXPECT_EQ(world.sluice(wait).code, 50);
  world.ask("SELECT pg_logical_emit_message(true, 'test', '')");  // a commit that is flushed, and all before it
  EXPECT_EQ(world.sluice(wait).code, 0);
  holder.signal(9);
  run.signal(15);
  run.wait();
}
