// A transactional step is one message: guard, file, reset, ledger and journal rows, commit.
#include <atomic>
#include <thread>

#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

class Transactional : public ApplyFixture {};

TEST_F(Transactional, CommitsTheFileWithItsLedgerRow) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int); INSERT INTO a VALUES (1)"));
  EXPECT_TRUE(exists("a"));
  EXPECT_EQ(done(), "s");
}

TEST_F(Transactional, AppliesAnEmptyFile) {
  EXPECT_FALSE(apply("-- nothing to do here"));
  EXPECT_EQ(done(), "s");
}

// A transactional step 1
TEST_F(Transactional, DropsOnePairOfBeginAndCommitAroundTheFile) {
  EXPECT_FALSE(apply("BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"));
  EXPECT_TRUE(exists("a"));
  EXPECT_EQ(done(), "s");
}

// A transactional step 1
TEST_F(Transactional, KeepsTheIsolationLevelOfTheDroppedBegin) {
  EXPECT_FALSE(
      apply("BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a AS SELECT "
            "current_setting('transaction_isolation') AS level; COMMIT"));
  EXPECT_EQ(one("SELECT level FROM a"), "serializable");
}

// A transactional step 1: a file with ROLLBACK otherwise leaves no table and a ledger that says applied.
TEST_F(Transactional, RefusesOtherTransactionControlWithItsLine) {
  for (const char* const control :
       {"ROLLBACK", "COMMIT", "END", "ABORT", "BEGIN", "START TRANSACTION", "PREPARE TRANSACTION 'x'"}) {
    try {
      postgres::examine({"a.sql", "CREATE TABLE a (id int);\n" + std::string(control) + ";\nSELECT 1;", ""},
                        TransactionMode::kDefault, true, 150000);
      ADD_FAILURE() << control << " accepted";
    } catch (const PermanentError& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 8), "a.sql:2:") << error.what();
    }
  }
}

// A transactional step 1
TEST_F(Transactional, AllowsSavepoints) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int); SAVEPOINT x; INSERT INTO a VALUES (1); ROLLBACK TO x; RELEASE x"));
  EXPECT_EQ(one("SELECT count(*) FROM a"), "0");
}

// A transactional step 2
TEST_F(Transactional, RefusesAnUnterminatedQuote) {
  EXPECT_THROW(postgres::examine({"a.sql", "SELECT 'x", ""}, TransactionMode::kDefault, true, 150000), PermanentError);
}

// A transactional step 2: it would swallow the ledger's statements.
TEST_F(Transactional, SurvivesATrailingCommentWithoutNewline) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int) -- done"));
  EXPECT_EQ(done(), "s");
}

// A transactional step 2
TEST_F(Transactional, ReadsStringsAsTheFileSaysWhenItChangesTheRules) {
  EXPECT_FALSE(
      apply("SET standard_conforming_strings = off; SET escape_string_warning = off;\n"
            "CREATE TABLE a AS SELECT 'it\\'s; one' AS v;"));
  EXPECT_EQ(one("SELECT v FROM a"), "it's; one");
  EXPECT_EQ(done(), "s");
}

TEST_F(Transactional, FeedsCopyData) {
  EXPECT_FALSE(
      apply("CREATE TABLE a (id int, v text);\nCOPY a FROM STDIN;\n1\tx;y\n2\t\\N\n\\.\n"
            "INSERT INTO a VALUES (3, 'z');"));
  EXPECT_EQ(one("SELECT string_agg(id || coalesce(v, '-'), ',' ORDER BY id) FROM a"), "1x;y,2-,3z");
}

TEST_F(Transactional, NamesTheLineOfACopyThatFails) {
  const auto failed = apply("CREATE TABLE a (id int);\nCOPY a FROM STDIN;\ns3cret\n\\.\n");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->line, 2);
  EXPECT_EQ(failed->message.find("s3cret"), std::string::npos) << failed->message;
  EXPECT_FALSE(exists("a"));
}

TEST_F(Transactional, ThrowsAwayTheRowsOfASelect) {
  EXPECT_FALSE(apply("SELECT repeat('x', 1000) FROM generate_series(1, 20000); COPY (SELECT 1) TO STDOUT;"));
  EXPECT_EQ(done(), "s");
}

// A transactional step 3
TEST_F(Transactional, NamesFileLineStatementAndColumnOfASyntaxError) {
  const auto failed = apply("CREATE TABLE a (id int);\n\n  SELECT 'ü', FROM a;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
  EXPECT_EQ(failed->statement, 2);
  EXPECT_EQ(failed->line, 3);
  EXPECT_EQ(failed->column, 15);
  EXPECT_EQ(failed->message, "s.sql:3: statement 2: syntax error at or near \"FROM\" (42601)");
}

// A transactional step 3: runtime errors have no position; the count of results tells.
TEST_F(Transactional, NamesTheStatementOfAnErrorWithoutPosition) {
  const auto failed = apply("SELECT 1;\nSELECT 2;\nSELECT 1/0;\nSELECT 3;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->statement, 3);
  EXPECT_EQ(failed->line, 3);
  EXPECT_EQ(failed->sqlstate, "22012");
}

// A transactional step 3
TEST_F(Transactional, RollsAllOfAFailedFileBack) {
  EXPECT_TRUE(apply("CREATE TABLE a (id int); SELECT 1/0"));
  EXPECT_FALSE(exists("a"));
  EXPECT_EQ(done(), "");
}

// A transactional step 3
TEST_F(Transactional, FindsADeferredConstraintBeforeTheCommit) {
  const auto failed = apply(
      "CREATE TABLE p (id int PRIMARY KEY);"
      "CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO c VALUES (9)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "23503");
  EXPECT_FALSE(exists("c"));
}

TEST_F(Transactional, GoesOnAfterAFailedStep) {
  EXPECT_TRUE(apply("SELECT 1/0"));
  EXPECT_FALSE(apply(step("t", "CREATE TABLE a (id int)")));
  EXPECT_EQ(done(), "t");
}

// A transactional step 4: a file's SET ROLE otherwise makes the ledger's INSERT fail.
TEST_F(Transactional, TakesItsOwnRoleBackBeforeTheLedger) {
  look.execute("CREATE ROLE other_role; GRANT ALL ON SCHEMA public TO other_role");
  EXPECT_FALSE(apply("SET ROLE other_role; CREATE TABLE a (id int)"));
  EXPECT_EQ(done(), "s");
  EXPECT_EQ(one("SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "other_role");
}

// A transactional step 4: a hostile search_path shadows now().
TEST_F(Transactional, TakesPgCatalogsFunctionsWhateverSearchPathTheFileLeft) {
  StepSql hostile = step("s",
                         "CREATE SCHEMA evil; CREATE FUNCTION evil.now() RETURNS text LANGUAGE sql AS $$SELECT "
                         "'evil'$$; SET search_path = evil, pg_catalog");
  hostile.bookkeeping = "INSERT INTO public.done VALUES (now()::text)";
  EXPECT_FALSE(apply(hostile));
  EXPECT_NE(done(), "evil");
}

// A transactional step 4
TEST_F(Transactional, LeavesNothingOfAFileToTheNext) {
  EXPECT_FALSE(apply(step("a",
                          "SET work_mem = '1MB'; SET lock_timeout = 77; PREPARE p AS SELECT 1; LISTEN l;"
                          "CREATE TEMP TABLE t (id int); DECLARE c CURSOR WITH HOLD FOR SELECT 1;"
                          "SELECT pg_advisory_lock(4711); SET search_path = pg_catalog")));
  EXPECT_FALSE(apply(step("b",
                          "CREATE TABLE left_over AS SELECT current_setting('lock_timeout') AS lock_timeout,"
                          "(SELECT count(*) FROM pg_prepared_statements) AS prepared,"
                          "(SELECT count(*) FROM pg_cursors) AS cursors,"
                          "(SELECT count(*) FROM pg_listening_channels()) AS channels,"
                          "to_regclass('pg_temp.t') AS temp")));
  EXPECT_EQ(one("SELECT left_over::text FROM left_over"), "(5s,0,0,0,)");
  EXPECT_EQ(one("SELECT count(*) FROM pg_locks WHERE objid = 4711"), "0");
}

// run-protocol, Lock 2: after each reset
TEST_F(Transactional, HoldsTheSecondKeyAgainAfterEachStep) {
  EXPECT_FALSE(apply("SELECT pg_advisory_unlock_all()"));
  EXPECT_EQ(one("SELECT pg_try_advisory_lock(" + std::to_string(keys.apply) + ")"), "f");
}

// run-protocol, Lock 3
TEST_F(Transactional, StopsBeforeTheNextMessageWhenTheLockIsLost) {
  EXPECT_FALSE(apply(step("a", "CREATE TABLE a (id int)")));
  look.query("SELECT pg_terminate_backend($1, 5000)", {std::to_string(lock->pid())});
  EXPECT_THROW(static_cast<void>(apply(step("b", "CREATE TABLE b (id int)"))), TransientError);
  EXPECT_FALSE(exists("b"));
  EXPECT_EQ(done(), "a");
}

// run-protocol, Lock 3: comes as code 21, since another program changed the ledger.
TEST_F(Transactional, RollsBackWhenTheLedgerRowIsNotThere) {
  StepSql gone = step("s", "CREATE TABLE a (id int)");
  gone.bookkeeping = "WITH hit AS (UPDATE public.done SET name = 'b' WHERE name = 'a' RETURNING 1) " +
                     postgres::require_one_row_sql("the ledger must hold a") + "FROM hit";
  const auto failed = apply(gone);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kHistoryMismatch);
  EXPECT_FALSE(exists("a"));
}

// run-protocol, Lock 2: "the orphan was gone within 1 s"
TEST_F(Transactional, AsksTheServerToNoticeADeadClient) {
  EXPECT_FALSE(apply("CREATE TABLE a AS SELECT current_setting('client_connection_check_interval') AS v"));
  EXPECT_EQ(one("SELECT v FROM a"), "1s");
}

// A transactional step 5
TEST_F(Transactional, CommitsAsynchronouslyExceptTheLast) {
  StepSql middle = step("a", "SELECT 1"), last = step("b", "SELECT 1");
  middle.bookkeeping = last.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  last.last = true;
  std::size_t count = 0;
  EXPECT_FALSE(applier().apply_all({middle, last}, count));
  EXPECT_EQ(done(), "off, on");
}

// A transactional step 5
TEST_F(Transactional, RaisesAWeakSettingForTheFlush) {
  look.execute("ALTER ROLE postgres SET synchronous_commit = off");
  StepSql last = step("a", "SELECT 1");
  last.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  last.last = true;
  EXPECT_FALSE(apply(last));
  look.execute("ALTER ROLE postgres RESET synchronous_commit");
  EXPECT_EQ(done(), "on");
}

// A transactional step 5
TEST_F(Transactional, NeverCommitsACallToAnotherServerAsynchronously) {
  StepSql out = step("a", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'");
  out.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  EXPECT_FALSE(apply(out));
  EXPECT_EQ(done(), "on");
}

// A transactional step 5
TEST_F(Transactional, FlushesWhatWasCommittedBefore) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int)"));
  const std::string before = one("SELECT pg_current_wal_insert_lsn()");
  applier().flush();
  EXPECT_EQ(one("SELECT pg_current_wal_flush_lsn() >= '" + before + "'"), "t");
}

// A transactional step 6
TEST_F(Transactional, TriesAgainAfterALockTimeout) {
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

// A transactional step 6
TEST_F(Transactional, EndsNotNowWhenEveryTryMetTheLock) {
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

TEST_F(Transactional, TellsWhoBlocks) {
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

TEST_F(Transactional, EndsTheBlockerWhereThePolicySaysSo) {
  options.lock_timeout = 8s;
  options.on_blocked = spec::OnBlocked::kTerminate;
  look.execute("CREATE TABLE a (id int)");
  Session reader = Session::open(target, {.application_name = "slow report"});
  reader.execute("BEGIN; SELECT * FROM a");
  EXPECT_FALSE(apply("ALTER TABLE a ADD COLUMN b int"));
  EXPECT_TRUE(support::eventually([&] { return !reader.is_alive(); }));
}

TEST_F(Transactional, CancelsTheRunningStatement) {
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

TEST_F(Transactional, CallsAStatementTimeoutAFailedStep) {
  options.statement_timeout = 100ms;
  const auto failed = apply("SELECT pg_sleep(60)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
  EXPECT_EQ(failed->sqlstate, "57014");
}

TEST_F(Transactional, ShowsNoValueOfARowInErrorsAndNotices) {
  std::string said;
  options.notice = [&](const std::string& notice) { said += notice + "\n"; };
  const auto failed = apply(
      "CREATE TABLE a (v text UNIQUE); INSERT INTO a VALUES ('s3cret');"
      "DO $$BEGIN RAISE NOTICE 'row is %', (SELECT v FROM a); END$$;"
      "DO $$BEGIN RAISE EXCEPTION 'row was %', (SELECT v FROM a); END$$;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message, "s.sql:1: statement 4: row was % (P0001)");
  EXPECT_EQ(said, "row is %\n");
  const auto duplicate =
      apply(step("t", "CREATE TABLE a (v text UNIQUE); INSERT INTO a VALUES ('s3cret'), ('s3cret')"));
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->message.find("s3cret"), std::string::npos) << duplicate->message;
}

TEST_F(Transactional, ForwardsTheServersNotices) {
  std::string said;
  options.notice = [&](const std::string& notice) { said = notice; };
  EXPECT_FALSE(apply("CREATE TABLE IF NOT EXISTS done (name text)"));
  EXPECT_EQ(said, "relation \"done\" already exists, skipping");
}

// A larger file goes in windows inside one open transaction.
TEST_F(Transactional, SendsALargeFileInWindowsOfOneTransaction) {
  std::string text = "CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  EXPECT_FALSE(apply(step("a", text)));
  EXPECT_EQ(one("SELECT count(*) FROM a"), "1200");
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM a"), "1");
}

TEST_F(Transactional, RollsAllWindowsBackWhenTheLastFails) {
  std::string text = "CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  const auto failed = apply(step("a", text + "SELECT 1/0;"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->statement, 1202);
  EXPECT_EQ(failed->line, 1202);
  EXPECT_FALSE(exists("a"));
}

// run-protocol, Lock 3: inside each message
TEST_F(Transactional, GuardsEachWindow) {
  std::string text =
      "CREATE TABLE a (id int); SELECT pg_terminate_backend(" + std::to_string(lock->pid()) + ", 5000);\n";
  for (int i = 0; i < 600; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  EXPECT_THROW(static_cast<void>(apply(step("a", text))), TransientError);
  EXPECT_FALSE(exists("a"));
}

TEST_F(Transactional, AppliesManySmallStepsInOrder) {
  std::vector<StepSql> steps;
  for (int i = 0; i < 100; ++i)
    steps.push_back(step(std::to_string(i), "CREATE TABLE t" + std::to_string(i) + " (id int)"));
  std::size_t count = 0;
  EXPECT_FALSE(applier().apply_all(steps, count));
  EXPECT_EQ(count, 100u);
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM public.done"), "100");
  EXPECT_EQ(one("SELECT string_agg(name, ',' ORDER BY ctid) = (SELECT string_agg(i::text, ',' ORDER BY i) FROM "
                "generate_series(0, 99) AS i) FROM public.done"),
            "t");
}

TEST_F(Transactional, KeepsTheStepsBeforeTheOneThatFails) {
  std::size_t count = 0;
  const auto failed = applier().apply_all({step("a", "CREATE TABLE a (id int)"), step("b", "CREATE TABLE b (id int)"),
                                           step("c", "SELECT 1;\nSELECT 1/0"), step("d", "CREATE TABLE d (id int)")},
                                          count);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message, "c.sql:2: statement 2: division by zero (22012)");
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(done(), "a, b");
}

// A transactional step 3: a syntax error means that nothing of the message ran.
TEST_F(Transactional, KeepsTheStepsBeforeASyntaxError) {
  std::size_t count = 0;
  const auto failed = applier().apply_all(
      {step("a", "CREATE TABLE a (id int)"), step("b", "SELECT nonsense FROM FROM"), step("c", "SELECT 1")}, count);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message.substr(0, 8), "b.sql:1:");
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(done(), "a");
}

TEST_F(Transactional, AppliesAllInOneTransactionWhereAsked) {
  EXPECT_FALSE(
      applier().apply_in_one_transaction({step("a", "SET search_path = pg_catalog; CREATE TABLE public.a (id int)"),
                                          step("b", "CREATE TABLE b (id int)")}));
  EXPECT_EQ(done(), "a, b");
  EXPECT_TRUE(exists("public.b"));
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM public.done"), "1");
}

TEST_F(Transactional, RollsAllBackTogetherWhereAsked) {
  const auto failed =
      applier().apply_in_one_transaction({step("a", "CREATE TABLE a (id int)"), step("b", "SELECT 1/0")});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message.substr(0, 5), "b.sql");
  EXPECT_FALSE(exists("a"));
  EXPECT_EQ(done(), "");
}

// A non-transactional step: `transaction: all` with such a revision is refused.
TEST_F(Transactional, RefusesAConcurrentIndexInOneTransactionAroundAll) {
  EXPECT_THROW(
      static_cast<void>(applier().apply_in_one_transaction({step("a", "CREATE INDEX CONCURRENTLY i ON done (name)")})),
      PermanentError);
}

TEST_F(Transactional, WritesBookkeepingOutsideAStepUnderTheGuard) {
  applier().execute("INSERT INTO public.done VALUES ('stamp')");
  EXPECT_EQ(done(), "stamp");
  look.query("SELECT pg_terminate_backend($1, 5000)", {std::to_string(lock->pid())});
  EXPECT_THROW(applier().execute("INSERT INTO public.done VALUES ('late')"), TransientError);
  EXPECT_EQ(done(), "stamp");
}

TEST_F(Transactional, ThrowsWhenTheConnectionBreaksUnderAStep) {
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
