// Two advisory keys, polled: a killed run's orphaned backend can't work beside the next run.
#include "migrator/postgres/lock.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/error.h"
#include "tests/support/postgres_server.h"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using postgres::Holder;
using postgres::Keys;
using postgres::keys_for;
using postgres::RunLock;
using postgres::Session;
using postgres::Target;
using support::PostgresServer;

class Lock : public testing::Test {
 protected:
  report::ExitCode try_for(std::chrono::milliseconds at_most, const Keys& wanted) {
    try {
      RunLock::acquire(target, wanted, {.at_most = at_most});
    } catch (const Error& error) {
      return error.code;
    }
    return report::ExitCode::kDone;
  }
  void take(Session& session, std::int64_t key) { session.query("SELECT pg_advisory_lock($1)", {std::to_string(key)}); }

  Target target = Target::parse(PostgresServer::shared().new_database());
  Keys keys = keys_for("public.alembic_version");
  std::string database =
      *Session::open(target).query("SELECT oid FROM pg_database WHERE datname = current_database()")[0][0];
};

// run-protocol, Lock 1
TEST_F(Lock, DerivesTheSameKeysFromTheSameLedgerOnly) {
  EXPECT_EQ(keys.run, keys_for("public.alembic_version").run);
  EXPECT_NE(keys.run, keys_for("other.alembic_version").run);
  EXPECT_NE(keys.run, keys.apply);
}

// run-protocol, Lock 1
TEST_F(Lock, ExcludesASecondRunOfTheSameLedger) {
  const RunLock first = RunLock::acquire(target, keys, {});
  EXPECT_EQ(try_for(200ms, keys), report::ExitCode::kNotNow);
}

TEST_F(Lock, LeavesAnotherLedgerAlone) {
  const RunLock first = RunLock::acquire(target, keys, {});
  EXPECT_EQ(try_for(200ms, keys_for("public.other")), report::ExitCode::kDone);
}

TEST_F(Lock, IsFreeAgainWhenItsHolderIsGone) {
  { const RunLock first = RunLock::acquire(target, keys, {}); }
  EXPECT_EQ(try_for(5s, keys), report::ExitCode::kDone);
}

TEST_F(Lock, NamesTheHolderWhileItWaits) {
  const RunLock first = RunLock::acquire(target, keys, {});
  Holder seen;
  RunLock::Wait wait{.at_most = 200ms, .waiting = [&](const Holder& holder) { seen = holder; }};
  EXPECT_THROW(RunLock::acquire(target, keys, wait), TransientError);
  EXPECT_EQ(seen.pid, first.pid());
  EXPECT_EQ(seen.application_name, postgres::name_with_host("sluice lock"));
}

// run-protocol, Lock 1: a session that waits in the server would hang another's CREATE INDEX CONCURRENTLY. Seen from
// outside while it waits: a session that asks is idle but for moments, and never stands in the server's queue.
TEST_F(Lock, NeverWaitsInTheServer) {
  const RunLock first = RunLock::acquire(target, keys, {});
  std::atomic<bool> is_waiting = false;
  std::atomic<bool> cancelled = false;
  std::thread waiter([&] {
    const RunLock::Wait wait{.waiting = [&](const Holder&) { is_waiting = true; },
                             .cancelled = [&] { return cancelled.load(); }};
    EXPECT_THROW(RunLock::acquire(target, keys, wait), TransientError);
  });
  EXPECT_TRUE(support::eventually([&] { return is_waiting.load(); }, 10));
  Session looking = Session::open(target);
  const auto is_idle = [&] {
    return !looking
                .query(
                    "SELECT FROM pg_stat_activity WHERE application_name LIKE 'sluice lock%' AND state = 'idle'"
                    " AND backend_xmin IS NULL AND datname = current_database()"
                    " AND pid <> $1",
                    {std::to_string(first.pid())})
                .empty();
  };
  EXPECT_TRUE(support::eventually(is_idle, 10));
  for (int look = 0; look < 200; ++look)
    EXPECT_EQ(looking.query("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0], "0");
  EXPECT_TRUE(support::eventually(is_idle, 10));
  cancelled = true;
  waiter.join();
}

TEST_F(Lock, StopsWaitingWhenCancelled) {
  const RunLock first = RunLock::acquire(target, keys, {});
  bool told = false;
  RunLock::Wait wait{.waiting = [&](const Holder&) { told = true; }, .cancelled = [&] { return told; }};
  try {
    RunLock::acquire(target, keys, wait);
    FAIL() << "acquired";
  } catch (const TransientError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kCancelled);
  }
}

// run-protocol, Lock 2: the lock session of a killed run is gone at once, its apply backend goes on.
TEST_F(Lock, WaitsForTheSecondKeyOfAKilledRun) {
  Session orphan = Session::open(target, {.application_name = "orphan"});
  take(orphan, keys.apply);
  Holder seen;
  RunLock::Wait wait{.at_most = 200ms, .waiting = [&](const Holder& holder) { seen = holder; }};
  EXPECT_THROW(RunLock::acquire(target, keys, wait), TransientError);
  EXPECT_EQ(seen.application_name, "orphan");
}

// run-protocol, Lock 2: "or by policy ends"
TEST_F(Lock, EndsAnOrphanWhereThePolicySaysSo) {
  Session orphan = Session::open(target);
  take(orphan, keys.apply);
  RunLock::acquire(target, keys, {.end_orphan_after = 0ms});
  EXPECT_TRUE(support::eventually([&] { return !orphan.is_alive(); }));
}

// run-protocol, Lock 2
TEST_F(Lock, KeepsItsIdleSessionWhateverTheServersIdleLimit) {
  RunLock lock = RunLock::acquire(target.with("options", "-c idle_session_timeout=1s"), keys, {});
  EXPECT_EQ(lock.session().query("SHOW idle_session_timeout")[0][0], "0");
}

// run-protocol, Lock 3
TEST_F(Lock, PassesItsGuardWhileItIsHeld) {
  const RunLock lock = RunLock::acquire(target, keys, {});
  EXPECT_NO_THROW(Session::open(target).execute(lock.guard_sql(database)));
}

// run-protocol, Lock 3
TEST_F(Lock, FailsItsGuardOnceItsSessionIsGone) {
  RunLock lock = RunLock::acquire(target, keys, {});
  Session other = Session::open(target);
  other.query("SELECT pg_terminate_backend($1, 5000)", {std::to_string(lock.pid())});
  try {
    other.execute(lock.guard_sql(database));
    FAIL() << "passed";
  } catch (const TransientError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kNotNow);
    EXPECT_NE(std::string(error.what()).find("run lock is lost"), std::string::npos);
  }
  EXPECT_FALSE(lock.is_held());
}

// run-protocol, Lock 3: held by somebody else is as bad as lost.
TEST_F(Lock, FailsItsGuardWhenAnotherHoldsTheKey) {
  RunLock lock = RunLock::acquire(target, keys, {});
  lock.session().execute("SELECT pg_advisory_unlock_all()");
  Session other = Session::open(target);
  take(other, keys.run);
  EXPECT_THROW(other.execute(lock.guard_sql(database)), TransientError);
}

// run-protocol, Lock 3: one ledger's key is the same number in every database of a server.
TEST_F(Lock, FailsItsGuardWhereTheKeyIsHeldInAnotherDatabase) {
  const RunLock lock = RunLock::acquire(target, keys, {});
  Session elsewhere = Session::open(Target::parse(PostgresServer::shared().new_database()));
  EXPECT_THROW(elsewhere.execute(lock.guard_sql("(SELECT oid FROM pg_database WHERE datname = current_database())")),
               TransientError);
}

// run-protocol, Lock 4
TEST_F(Lock, TakesForeignKeysAllOrNone) {
  Session tool = Session::open(target);
  take(tool, 20);
  Keys with_foreign = keys;
  with_foreign.foreign = {{.key = 20}, {.key = 10}};
  Session looking = Session::open(target);
  bool held_while_waiting = false;
  RunLock::Wait wait{.at_most = 200ms, .waiting = [&](const Holder&) {
                       held_while_waiting |= looking.query("SELECT pg_try_advisory_lock(10)")[0][0] == "f";
                       looking.execute("SELECT pg_advisory_unlock_all()");
                     }};
  EXPECT_THROW(RunLock::acquire(target, with_foreign, wait), TransientError);
  EXPECT_FALSE(held_while_waiting);
}

// run-protocol, Lock 4
TEST_F(Lock, HoldsForeignKeysOnItsOwnSession) {
  Keys with_foreign = keys;
  with_foreign.foreign = {{.key = 20}, {.key = 10, .owner_waits = true}};
  RunLock lock = RunLock::acquire(target, with_foreign, {});
  Session tool = Session::open(target);
  EXPECT_EQ(tool.query("SELECT pg_try_advisory_lock(10)")[0][0], "f");
  EXPECT_EQ(tool.query("SELECT pg_try_advisory_lock(20)")[0][0], "f");
}

// run-protocol, Lock 4: golang-migrate waits in pg_advisory_lock, with a snapshot that CONCURRENTLY waits for.
TEST_F(Lock, LetsGoOfKeysWhoseOwnerWaitsAndTakesThemAgain) {
  Keys with_foreign = keys;
  with_foreign.foreign = {{.key = 20}, {.key = 10, .owner_waits = true}};
  RunLock lock = RunLock::acquire(target, with_foreign, {});
  lock.release_waited_for_keys();
  Session tool = Session::open(target);
  EXPECT_EQ(tool.query("SELECT pg_try_advisory_lock(10)")[0][0], "t");
  EXPECT_EQ(tool.query("SELECT pg_try_advisory_lock(20)")[0][0], "f");
  EXPECT_TRUE(lock.is_held());
  tool.execute("SELECT pg_advisory_unlock_all()");
  EXPECT_TRUE(lock.retake_waited_for_keys({}));
  EXPECT_EQ(tool.query("SELECT pg_try_advisory_lock(10)")[0][0], "f");
}

// Issue: 16 migrators at once on one database. The first holds the lock until all others have asked for it.
TEST_F(Lock, LetsManyInOneAfterTheOther) {
  constexpr int kRuns = 16;
  Session looking = Session::open(target);
  const auto all_have_asked = [&] {
    return looking.query(
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle' AND"
               " application_name LIKE 'sluice lock%' AND query LIKE '%advisory%'")[0][0] == std::to_string(kRuns);
  };
  std::atomic<int> inside = 0, most = 0, served = 0;
  std::vector<std::thread> runs;
  for (int i = 0; i < kRuns; ++i) {
    runs.emplace_back([&] {
      const RunLock lock = RunLock::acquire(target, keys, {});
      most = std::max(most.load(), ++inside);
      if (served++ == 0) {
        EXPECT_TRUE(support::eventually([&] { return inside > 1 || all_have_asked(); }));
      }
      --inside;
    });
  }
  for (std::thread& run : runs) run.join();
  EXPECT_EQ(most, 1);
  EXPECT_EQ(served, kRuns);
}

}  // namespace
