// A non-transactional step: statements that can't run in a transaction stand alone, and a rerun asks what is done.
#include <atomic>
#include <thread>

#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class Outside : public ApplyFixture {
 protected:
  Outside() {
    look.execute("CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, i::text FROM generate_series(1, 9) i");
  }

  std::optional<StepError> apply_outside(const std::string& text) { return apply(outside_step("s", text)); }
  /// The same step as a later run sees it, which knows that `applied` statements were recorded.
  std::optional<StepError> resume(const std::string& text, int applied) {
    StepSql made = outside_step("s", text);
    made.resumed = true;
    made.already_applied = applied;
    made.begin_sql = "";
    return apply(made);
  }
  void leave_invalid_index(const std::string& create_unique) {
    look.execute("INSERT INTO t VALUES (1, '1')");
    EXPECT_THROW(look.execute(create_unique), Error);
    look.execute("DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
  }
};

TEST_F(Outside, BuildsAnIndexConcurrentlyAndRecordsEachPart) {
  EXPECT_FALSE(
      apply_outside("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);\nCREATE TABLE b (id int);"));
  EXPECT_TRUE(is_valid("i"));
  EXPECT_EQ(done(), "s begun, s 1, s 2, s 3, s");
}

TEST_F(Outside, RecognisesTheStatementWithoutBeingTold) {
  EXPECT_FALSE(apply(outside_step("s", "CREATE INDEX CONCURRENTLY i ON t (v)", TransactionMode::kDefault)));
  EXPECT_TRUE(is_valid("i"));
}

// A non-transactional step, introduction
TEST_F(Outside, RefusesAMixedFileInOurOwnLayout) {
  const revisions::Script mixed{"a.sql", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);", ""};
  try {
    postgres::examine(mixed, TransactionMode::kDefault, true, 150000);
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 8), "a.sql:2:");
  }
  EXPECT_FALSE(postgres::examine(mixed, TransactionMode::kOff, true, 150000).transactional);
}

// A non-transactional step, introduction
TEST_F(Outside, WarnsOfAMixedFileInAForeignLayout) {
  const postgres::Shape shape =
      postgres::examine({"a.sql", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);", ""},
                        TransactionMode::kDefault, false, 150000);
  EXPECT_FALSE(shape.transactional);
  ASSERT_EQ(shape.warnings.size(), 1u);
  EXPECT_EQ(shape.warnings[0].substr(0, 8), "a.sql:2:");
}

// A non-transactional step 1
TEST_F(Outside, RefusesAConcurrentIndexWithoutAName) {
  EXPECT_THROW(
      postgres::examine({"a.sql", "CREATE INDEX CONCURRENTLY ON t (v)", ""}, TransactionMode::kOff, true, 150000),
      PermanentError);
}

// A non-transactional step, introduction: the runs of others between them are one transaction each.
TEST_F(Outside, CommitsTheRunsBetweenAsOneTransactionEach) {
  EXPECT_FALSE(
      apply_outside("CREATE TABLE a AS SELECT txid_current() AS x; INSERT INTO a SELECT txid_current();"
                    "VACUUM t; INSERT INTO a SELECT txid_current();"));
  EXPECT_EQ(one("SELECT count(DISTINCT x) || ' of ' || count(*) FROM a"), "2 of 3");
}

TEST_F(Outside, EndsHalfDoneWithTheCountOfWhatStands) {
  const auto failed = apply_outside("CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);\nSELECT 1/0;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kHalfDone);
  EXPECT_EQ(failed->statements_applied, 2);
  EXPECT_EQ(failed->statement, 3);
  EXPECT_EQ(failed->line, 3);
  EXPECT_EQ(done(), "s begun, s 1, s 2");
}

TEST_F(Outside, IsRolledBackWhenItsFirstTransactionFails) {
  const auto failed = apply_outside("SELECT 1/0; VACUUM t");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
  EXPECT_EQ(failed->statements_applied, 0);
}

TEST_F(Outside, GoesOnAtTheStatementAfterTheRecordedOnes) {
  look.execute("CREATE TABLE a (id int)");
  EXPECT_FALSE(resume("CREATE TABLE a (id int); VACUUM t; CREATE TABLE b (id int)", 1));
  EXPECT_TRUE(exists("b"));
  EXPECT_EQ(done(), "s 2, s 3, s");
}

TEST_F(Outside, SetsTheFilesSettingsAgainWhenItGoesOn) {
  EXPECT_FALSE(resume("SET work_mem = '77kB'; VACUUM t; CREATE TABLE a AS SELECT current_setting('work_mem') AS v", 2));
  EXPECT_EQ(one("SELECT v FROM a"), "77kB");
}

TEST_F(Outside, KeepsTheFilesSettingsToItsEndButNotBeyond) {
  EXPECT_FALSE(
      apply_outside("SET work_mem = '77kB'; VACUUM t; CREATE TABLE a AS SELECT current_setting('work_mem') AS v"));
  EXPECT_EQ(one("SELECT v FROM a"), "77kB");
  EXPECT_FALSE(apply(step("next", "CREATE TABLE b AS SELECT current_setting('work_mem') AS v")));
  EXPECT_NE(one("SELECT v FROM b"), "77kB");
}

TEST_F(Outside, WritesItsProgressUnderItsOwnRoleAndSearchPath) {
  look.execute(
      "CREATE ROLE outside_role; GRANT ALL ON SCHEMA public TO outside_role; ALTER TABLE t OWNER TO outside_role");
  EXPECT_FALSE(
      apply_outside("SET ROLE outside_role; SET search_path = public; CREATE INDEX CONCURRENTLY i ON t (v);"
                    "CREATE TABLE a (id int)"));
  EXPECT_EQ(one("SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "outside_role");
  EXPECT_EQ(done(), "s begun, s 2, s 3, s 4, s");
}

// A non-transactional step 1: index valid with the same definition
TEST_F(Outside, TakesAnIndexThatAKilledRunBuiltAsDone) {
  for (const char* const create : {"CREATE INDEX CONCURRENTLY i ON t (v)",
                                   "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING btree (lower(v) DESC) WHERE id > 3",
                                   "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY public.t (id) INCLUDE (v) WITH "
                                   "(fillfactor = 70) WHERE t.v <> ''"}) {
    look.execute(create);
    EXPECT_FALSE(resume(create, 0)) << create;
    EXPECT_TRUE(is_valid("i"));
    look.execute("DROP INDEX i");
  }
}

// A non-transactional step 1
TEST_F(Outside, DoesNotTakeAnotherDefinitionAsDone) {
  look.execute("CREATE INDEX i ON t (id)");
  const auto failed = resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42P07");
}

TEST_F(Outside, TellsAFirstRunThatTheIndexExists) {
  look.execute("CREATE INDEX i ON t (v)");
  const auto failed = apply_outside("CREATE INDEX CONCURRENTLY i ON t (v)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42P07");
}

// guides E11; a non-transactional step 1
TEST_F(Outside, DropsAndRebuildsAnInvalidIndexThatItNames) {
  leave_invalid_index("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)");
  ASSERT_FALSE(is_valid("i"));
  EXPECT_FALSE(resume("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id)", 0));
  EXPECT_TRUE(is_valid("i"));
}

// A non-transactional step 1: only the index that this step names
TEST_F(Outside, LeavesOtherInvalidIndexesAlone) {
  leave_invalid_index("CREATE UNIQUE INDEX CONCURRENTLY other ON t (id)");
  EXPECT_FALSE(resume("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)", 0));
  EXPECT_TRUE(exists("other"));
  EXPECT_FALSE(is_valid("other"));
}

TEST_F(Outside, EndsHalfDoneWhenABuildLeavesAnInvalidIndex) {
  look.execute("INSERT INTO t VALUES (1, '1')");
  const auto failed = apply_outside("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "23505");
  EXPECT_EQ(failed->code, ExitCode::kHalfDone);
}

// A non-transactional step 1: never while pg_stat_progress_create_index shows it being built
TEST_F(Outside, LeavesAnIndexThatIsBeingBuiltAlone) {
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session builder = Session::open(target);
  std::thread builds([&] { builder.execute("CREATE INDEX CONCURRENTLY i ON t (v)"); });
  ASSERT_TRUE(support::eventually([&] { return one("SELECT count(*) FROM pg_stat_progress_create_index") == "1"; }));
  const auto failed = resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
  writer.execute("COMMIT");
  builds.join();
  EXPECT_TRUE(is_valid("i"));
}

// A non-transactional step 1: dropped index gone
TEST_F(Outside, TakesADroppedIndexAsDroppedWhenItGoesOn) {
  EXPECT_FALSE(resume("DROP INDEX CONCURRENTLY gone", 0));
  EXPECT_EQ(done(), "s 1, s");
}

TEST_F(Outside, TellsAFirstRunThatTheIndexToDropIsMissing) {
  const auto failed = apply_outside("DROP INDEX CONCURRENTLY gone");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42704");
}

TEST_F(Outside, DropsAnIndexConcurrently) {
  look.execute("CREATE INDEX i ON t (v)");
  EXPECT_FALSE(apply_outside("DROP INDEX CONCURRENTLY i"));
  EXPECT_FALSE(exists("i"));
}

class Partition : public Outside {
 protected:
  Partition() {
    look.execute("CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)");
  }
};

TEST_F(Partition, IsDetachedConcurrently) {
  EXPECT_FALSE(apply_outside("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY"));
  EXPECT_EQ(one("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass"), "0");
}

// A non-transactional step 1: partition detached
TEST_F(Partition, IsTakenAsDetachedWhenTheStepGoesOn) {
  look.execute("ALTER TABLE p DETACH PARTITION p1");
  EXPECT_FALSE(resume("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", 0));
}

// A non-transactional step 1: or pending (FINALIZE)
TEST_F(Partition, IsFinalizedWhenItsDetachWasInterrupted) {
  Session reader = Session::open(target);
  reader.execute("BEGIN; SELECT * FROM p");
  Session detaching = Session::open(target);
  std::thread detaches([&] {
    try {
      detaching.execute("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY");
    } catch (const Error&) {
    }
  });
  ASSERT_TRUE(
      support::eventually([&] { return one("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == "1"; }));
  detaching.cancel();
  detaches.join();
  reader.execute("COMMIT");
  EXPECT_FALSE(resume("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", 0));
  EXPECT_EQ(one("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass"), "0");
}

// A non-transactional step 1: _ccnew leftovers
TEST_F(Outside, CleansUpAfterABrokenReindex) {
  look.execute("CREATE INDEX i ON t (v)");
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session reindexing = Session::open(target);
  std::thread reindexes([&] {
    try {
      reindexing.execute("REINDEX INDEX CONCURRENTLY i");
    } catch (const Error&) {
    }
  });
  ASSERT_TRUE(support::eventually([&] { return exists("i_ccnew"); }));
  reindexing.cancel();
  reindexes.join();
  writer.execute("COMMIT");
  ASSERT_TRUE(exists("i_ccnew"));
  EXPECT_FALSE(resume("REINDEX INDEX CONCURRENTLY i", 0));
  EXPECT_FALSE(exists("i_ccnew"));
  EXPECT_TRUE(is_valid("i"));
}

TEST_F(Outside, TakesADatabaseThatAKilledRunCreatedAsDone) {
  const std::string name = "made_" + one("SELECT current_database()");
  look.execute("CREATE DATABASE " + name);
  EXPECT_TRUE(apply_outside("CREATE DATABASE " + name));
  EXPECT_FALSE(resume("CREATE DATABASE " + name, 0));
  EXPECT_FALSE(apply_outside("DROP DATABASE " + name));
  EXPECT_FALSE(resume("DROP DATABASE " + name, 0));
}

// A transactional step 6: with a lock timeout CONCURRENTLY fails under any long transaction.
TEST_F(Outside, BuildsWithoutLockTimeoutUnderALongTransaction) {
  options.lock_timeout = 50ms;
  std::string told;
  std::atomic<bool> blocked = false;
  options.blocked = [&](const std::string& blocker) {
    told = blocker;
    blocked = true;
  };
  Session writer = Session::open(target, {.application_name = "long writer"});
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  std::thread ends([&] {
    support::eventually([&] { return blocked.load(); });
    writer.execute("COMMIT");
  });
  EXPECT_FALSE(
      apply_outside("CREATE INDEX CONCURRENTLY i ON t (v); CREATE TABLE a AS SELECT current_setting('lock_timeout')"));
  ends.join();
  EXPECT_TRUE(is_valid("i"));
  EXPECT_NE(told.find("long writer"), std::string::npos) << told;
  EXPECT_EQ(one("SELECT * FROM a"), "50ms");
}

// run-protocol, Lock 4: another tool waits in pg_advisory_lock with a snapshot; our build would wait for it for ever.
TEST_F(Outside, LetsGoOfAKeyThatAnotherToolWaitsForWhileItBuilds) {
  lock.reset();
  keys.foreign = {{.key = 4242, .owner_waits = true}};
  lock.emplace(postgres::RunLock::acquire(target, keys, {}));
  Session tool = Session::open(target, {.application_name = "golang-migrate"});
  std::thread waits([&] {
    tool.execute("SELECT pg_advisory_lock(4242)");
    tool.execute("SELECT pg_advisory_unlock(4242)");
  });
  ASSERT_TRUE(support::eventually([&] { return one("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1"; }));
  EXPECT_FALSE(apply_outside("CREATE INDEX CONCURRENTLY i ON t (v)"));
  waits.join();
  EXPECT_TRUE(is_valid("i"));
  EXPECT_EQ(one("SELECT count(*) FROM pg_locks WHERE objid = 4242 AND granted"), "1");
}

TEST_F(Outside, CancelsABuild) {
  std::atomic<bool> cancelled = false;
  options.cancelled = [&] { return cancelled.load(); };
  options.blocked = [&](const std::string&) { cancelled = true; };
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  const auto failed = apply_outside("CREATE INDEX CONCURRENTLY i ON t (v)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kCancelled);
  writer.execute("COMMIT");
  cancelled = false;
  EXPECT_FALSE(resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0));
  EXPECT_TRUE(is_valid("i"));
}

// A transactional step 1: `transaction: off` allows a file's own transactions.
TEST_F(Outside, RunsTheFilesOwnTransactions) {
  EXPECT_FALSE(
      apply_outside("BEGIN; CREATE TABLE a (id int); COMMIT;\nBEGIN; CREATE TABLE b (id int); ROLLBACK;\n"
                    "CREATE TABLE c (id int);"));
  EXPECT_TRUE(exists("a"));
  EXPECT_FALSE(exists("b"));
  EXPECT_TRUE(exists("c"));
  EXPECT_EQ(done(), "s begun, s 3, s 6, s 7, s");
}

TEST_F(Outside, RefusesABeginWithoutCommit) {
  EXPECT_THROW(postgres::examine({"a.sql", "BEGIN; SELECT 1;", ""}, TransactionMode::kOff, true, 150000),
               PermanentError);
}

// A non-transactional step 2: ADD VALUE runs in a transaction, the value is usable only after commit (55P04).
TEST_F(Outside, CommitsANewEnumValueBeforeItIsUsed) {
  look.execute("CREATE TYPE mood AS ENUM ('sad')");
  EXPECT_FALSE(apply_outside("ALTER TYPE mood ADD VALUE 'happy'; CREATE TABLE a AS SELECT 'happy'::mood AS m"));
  EXPECT_EQ(one("SELECT m FROM a"), "happy");
}

TEST_F(Outside, HoldsTheSecondKeyAgainAfterDiscardAll) {
  EXPECT_FALSE(apply_outside("DISCARD ALL; CREATE TABLE a (id int)"));
  EXPECT_EQ(one("SELECT pg_try_advisory_lock(" + std::to_string(keys.apply) + ")"), "f");
}

// run-protocol, Lock 3
TEST_F(Outside, StopsBeforeTheNextStatementWhenTheLockIsLost) {
  EXPECT_THROW(static_cast<void>(apply_outside("SELECT pg_terminate_backend(" + std::to_string(lock->pid()) +
                                               ", 5000); VACUUM t; CREATE TABLE b (id int)")),
               TransientError);
  EXPECT_FALSE(exists("b"));
  EXPECT_EQ(done(), "s begun, s 1");
}

TEST_F(Outside, StandsBetweenTransactionalStepsOfOneCall) {
  std::size_t count = 0;
  EXPECT_FALSE(applier().apply_all(
      {step("a", "CREATE TABLE a (id int)"), outside_step("b", "VACUUM t"), step("c", "CREATE TABLE c (id int)")},
      count));
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(done(), "a, b begun, b 1, b, c");
}

}  // namespace
}  // namespace apply_test
