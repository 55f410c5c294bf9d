// A non-transactional step: statements that can't run in a transaction stand alone; a rerun goes on behind the recorded
// ones.
#include <atomic>
#include <thread>

#include "tests/migrator/postgres/outside_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""ms;

class Outside : public OutsideFixture {};

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

// run-protocol, A non-transactional step, introduction
TEST_F(Outside, RefusesAMixedFileInOurOwnLayout) {
  const revisions::Script mixed{"a.sql", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);", ""};
  try {
    postgres::examine(mixed, TransactionMode::kDefault, true, {});
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 8), "a.sql:2:");
  }
  EXPECT_FALSE(postgres::examine(mixed, TransactionMode::kOff, true, {}).transactional);
}

// run-protocol, A non-transactional step, introduction
TEST_F(Outside, WarnsOfAMixedFileInAForeignLayout) {
  const postgres::Shape shape =
      postgres::examine({"a.sql", "CREATE TABLE a (id int);\nCREATE INDEX CONCURRENTLY i ON t (v);", ""},
                        TransactionMode::kDefault, false, {});
  EXPECT_FALSE(shape.transactional);
  ASSERT_EQ(shape.warnings.size(), 1u);
  EXPECT_EQ(shape.warnings[0].substr(0, 8), "a.sql:2:");
}

// run-protocol, A non-transactional step 1
TEST_F(Outside, RefusesAConcurrentIndexWithoutAName) {
  EXPECT_THROW(postgres::examine({"a.sql", "CREATE INDEX CONCURRENTLY ON t (v)", ""}, TransactionMode::kOff, true, {}),
               PermanentError);
}

// run-protocol, A non-transactional step, introduction: the runs of others between them are one transaction each.
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

TEST_F(Outside, GoesOnInTheMiddleOfAGroupUnderItsSettings) {
  look.execute("CREATE SCHEMA side");
  EXPECT_FALSE(
      resume("SET search_path = side; SET LOCAL work_mem = '77kB'; SELECT 1 / 0;"
             "CREATE TABLE a AS SELECT current_setting('work_mem') AS v",
             3));
  EXPECT_EQ(one("SELECT v FROM side.a"), "77kB");
}

// The rest would run as somebody else, or somewhere else.
TEST_F(Outside, StopsWhereASettingCantBeSetAgain) {
  const auto failed = resume("SET ROLE nobody_by_that_name; VACUUM t; CREATE TABLE a (id int)", 2);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kHalfDone);
  EXPECT_EQ(failed->statement, 1);
  EXPECT_FALSE(exists("a"));
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

// run-protocol, A transactional step 6: with a lock timeout CONCURRENTLY fails under any long transaction.
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

// run-protocol, Exit codes: 10, not half done: nothing is wrong with the file.
TEST_F(Outside, GivesUpABlockedBuildAsNotNowAlsoWhereTheFileSetSomething) {
  options.lock_timeout = 50ms;
  options.on_blocked = spec::OnBlocked::kGiveUp;
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  const auto failed = apply_outside("SET work_mem = '5MB'; CREATE INDEX CONCURRENTLY i ON t (v)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kNotNow) << failed->message;
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

// run-protocol, A transactional step 1: `transaction: off` allows a file's own transactions.
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
  EXPECT_THROW(postgres::examine({"a.sql", "BEGIN; SELECT 1;", ""}, TransactionMode::kOff, true, {}), PermanentError);
}

// run-protocol, A non-transactional step 2: ADD VALUE runs in a transaction, the value is usable only after commit
// (55P04).
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
