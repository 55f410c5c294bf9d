// Locks of others: the ladder of tries, the watcher, its policies; cancellation and a lost connection.
#include <atomic>
#include <thread>

#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class Blocked : public ApplyFixture {};

// run-protocol, A transactional step 6
TEST_F(Blocked, TriesAgainAfterALockTimeout) {
  options.lock_timeout = 100ms;
  options.first_pause = 10ms;
  look.execute("CREATE TABLE a (id int)");
  Session reader = Session::open(target);
  reader.execute("BEGIN; SELECT * FROM a");
  applier();
  std::thread ends([&] {
    support::eventually(
        [&] { return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "1"; });
    support::eventually(
        [&] { return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "0"; });
    reader.execute("COMMIT");
  });
  EXPECT_FALSE(apply("ALTER TABLE a ADD COLUMN b int"));
  ends.join();
  EXPECT_EQ(done(), "s");
}

// run-protocol, A transactional step 6
TEST_F(Blocked, EndsNotNowWhenEveryTryMetTheLock) {
  options.lock_timeout = 50ms;
  options.first_pause = 1ms;
  options.lock_attempts = 3;
  look.execute("CREATE TABLE a (id int)");
  Session reader = Session::open(target);
  reader.execute("BEGIN; SELECT * FROM a");
  const auto failed = apply("ALTER TABLE a ADD COLUMN b int");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
  EXPECT_NE(failed->message.find("after 3 tries"), std::string::npos) << failed->message;
}

// run-protocol, Exit codes: 10 for 40P01. The holder comes to the second table when the step has the first.
TEST_F(Blocked, EndsNotNowInADeadlock) {
  options.lock_attempts = 1;
  look.execute("CREATE TABLE a (id int); CREATE TABLE b (id int)");
  Session holder = Session::open(target);
  holder.execute("SET deadlock_timeout = '5min'; BEGIN; LOCK TABLE b");
  applier();
  std::thread closes([&] {
    support::eventually([&] { return one("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"; });
    holder.execute("LOCK TABLE a");
  });
  const auto failed = apply("LOCK TABLE a; LOCK TABLE b");
  closes.join();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "40P01");
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
}

// run-protocol, Exit codes: 10 for 40001
TEST_F(Blocked, EndsNotNowWhenItsSnapshotWasOvertaken) {
  options.lock_attempts = 1;
  look.execute("CREATE TABLE a (id int); INSERT INTO a VALUES (1)");
  Session other = Session::open(target);
  other.execute("BEGIN; UPDATE a SET id = 2");
  applier();
  std::thread commits([&] {
    support::eventually([&] { return one("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"; });
    other.execute("COMMIT");
  });
  const auto failed = apply("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; UPDATE a SET id = 3");
  commits.join();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "40001");
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
}

TEST_F(Blocked, TellsWhoBlocks) {
  options.lock_timeout = 4s;
  options.lock_attempts = 1;
  std::string told;
  options.blocked = [&](const std::string& blocker) { told = blocker; };
  look.execute("CREATE TABLE a (id int)");
  Session reader = Session::open(target, {.application_name = "slow report"});
  reader.execute("BEGIN; SELECT * FROM a");
  EXPECT_TRUE(apply("ALTER TABLE a ADD COLUMN b int"));
  EXPECT_NE(told.find("slow report"), std::string::npos) << told;
  EXPECT_NE(told.find("AccessExclusiveLock on a"), std::string::npos) << told;
}

TEST_F(Blocked, EndsTheBlockerWhereThePolicySaysSo) {
  options.lock_timeout = 8s;
  options.on_blocked = spec::OnBlocked::kTerminate;
  look.execute("CREATE TABLE a (id int)");
  Session reader = Session::open(target, {.application_name = "slow report"});
  reader.execute("BEGIN; SELECT * FROM a");
  EXPECT_FALSE(apply("ALTER TABLE a ADD COLUMN b int"));
  EXPECT_TRUE(support::eventually([&] { return !reader.is_alive(); }));
}

TEST_F(Blocked, CancelsTheRunningStatement) {
  std::atomic<bool> cancelled = false;
  options.cancelled = [&] { return cancelled.load(); };
  const std::string pid = apply_pid();
  std::thread stops([&] {
    support::eventually([&] { return is_asleep(pid); });
    cancelled = true;
  });
  const auto failed = apply("CREATE TABLE a (id int); SELECT pg_sleep(60)");
  stops.join();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kCancelled);
  EXPECT_FALSE(exists("a"));
}

TEST_F(Blocked, CallsAStatementTimeoutAFailedStep) {
  options.statement_timeout = 100ms;
  const auto failed = apply("SELECT pg_sleep(60)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
  EXPECT_EQ(failed->sqlstate, "57014");
}

TEST_F(Blocked, ThrowsWhenTheConnectionBreaksUnderAStep) {
  const std::string pid = apply_pid();
  std::thread kills([&] {
    support::eventually([&] { return is_asleep(pid); });
    look.query("SELECT pg_terminate_backend($1)", {pid});
  });
  EXPECT_THROW(static_cast<void>(apply("CREATE TABLE a (id int); SELECT pg_sleep(60)")), Error);
  kills.join();
  EXPECT_FALSE(exists("a"));
}

}  // namespace
}  // namespace apply_test
