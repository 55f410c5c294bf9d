// What a file leaves behind is taken back before the ledger rows; durability and the guards of the two keys.
#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""s;

class Reset : public ApplyFixture {};

// run-protocol, A transactional step 4: a file's SET ROLE otherwise makes the ledger's INSERT fail.
TEST_F(Reset, TakesItsOwnRoleBackBeforeTheLedger) {
  look.execute("CREATE ROLE other_role; GRANT ALL ON SCHEMA public TO other_role");
  EXPECT_FALSE(apply("SET ROLE other_role; CREATE TABLE a (id int)"));
  EXPECT_EQ(done(), "s");
  EXPECT_EQ(one("SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "other_role");
}

// run-protocol, A transactional step 4: a hostile search_path shadows now().
TEST_F(Reset, TakesPgCatalogsFunctionsWhateverSearchPathTheFileLeft) {
  StepSql hostile = step("s",
                         "CREATE SCHEMA evil; CREATE FUNCTION evil.now() RETURNS text LANGUAGE sql AS $$SELECT "
                         "'evil'$$; SET search_path = evil, pg_catalog");
  hostile.bookkeeping = "INSERT INTO public.done VALUES (now()::text)";
  EXPECT_FALSE(apply(hostile));
  EXPECT_NE(done(), "evil");
}

// run-protocol, A transactional step 4
TEST_F(Reset, LeavesNothingOfAFileToTheNext) {
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
TEST_F(Reset, HoldsTheSecondKeyAgainAfterEachStep) {
  EXPECT_FALSE(apply("SELECT pg_advisory_unlock_all()"));
  EXPECT_EQ(one("SELECT pg_try_advisory_lock(" + std::to_string(keys.apply) + ")"), "f");
}

// run-protocol, Lock 3
TEST_F(Reset, StopsBeforeTheNextMessageWhenTheLockIsLost) {
  EXPECT_FALSE(apply(step("a", "CREATE TABLE a (id int)")));
  look.query("SELECT pg_terminate_backend($1, 5000)", {std::to_string(lock->pid())});
  EXPECT_THROW(static_cast<void>(apply(step("b", "CREATE TABLE b (id int)"))), TransientError);
  EXPECT_FALSE(exists("b"));
  EXPECT_EQ(done(), "a");
}

// run-protocol, Lock 3: comes as code 21, since another program changed the ledger.
TEST_F(Reset, RollsBackWhenTheLedgerRowIsNotThere) {
  StepSql gone = step("s", "CREATE TABLE a (id int)");
  gone.bookkeeping = "WITH hit AS (UPDATE public.done SET name = 'b' WHERE name = 'a' RETURNING 1) " +
                     postgres::require_one_row_sql("the ledger must hold a") + "FROM hit";
  const auto failed = apply(gone);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kHistoryMismatch);
  EXPECT_FALSE(exists("a"));
}

// run-protocol, Lock 2: "the orphan was gone within 1 s"
TEST_F(Reset, AsksTheServerToNoticeADeadClient) {
  EXPECT_FALSE(apply("CREATE TABLE a AS SELECT current_setting('client_connection_check_interval') AS v"));
  EXPECT_EQ(one("SELECT v FROM a"), "1s");
}

// run-protocol, A transactional step 5
TEST_F(Reset, CommitsAsynchronouslyExceptTheLast) {
  StepSql middle = step("a", "SELECT 1"), last = step("b", "SELECT 1");
  middle.bookkeeping = last.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  last.last = true;
  std::size_t count = 0;
  EXPECT_FALSE(applier().apply_all({middle, last}, count));
  EXPECT_EQ(done(), "off, on");
}

// run-protocol, A transactional step 5
TEST_F(Reset, RaisesAWeakSettingForTheFlush) {
  look.execute("ALTER ROLE postgres SET synchronous_commit = off");
  StepSql last = step("a", "SELECT 1");
  last.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  last.last = true;
  EXPECT_FALSE(apply(last));
  look.execute("ALTER ROLE postgres RESET synchronous_commit");
  EXPECT_EQ(done(), "on");
}

// run-protocol, A transactional step 5
TEST_F(Reset, NeverCommitsACallToAnotherServerAsynchronously) {
  StepSql out = step("a", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'");
  out.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  EXPECT_FALSE(apply(out));
  EXPECT_EQ(done(), "on");
}

// run-protocol, A transactional step 5: an INSERT tells nothing of where its table is
TEST_F(Reset, NeverCommitsAsynchronouslyWhereAnyStatementMayCallOut) {
  options.calls_out = true;
  StepSql middle = step("a", "SELECT 1");
  middle.bookkeeping = "INSERT INTO public.done VALUES (current_setting('synchronous_commit'))";
  EXPECT_FALSE(apply(middle));
  EXPECT_EQ(done(), "on");
}

// run-protocol, A transactional step 5
TEST_F(Reset, FlushesWhatWasCommittedBefore) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int)"));
  const std::string before = one("SELECT pg_current_wal_insert_lsn()");
  applier().flush();
  EXPECT_EQ(one("SELECT pg_current_wal_flush_lsn() >= '" + before + "'"), "t");
}

TEST_F(Reset, WritesBookkeepingOutsideAStepUnderTheGuard) {
  applier().execute("INSERT INTO public.done VALUES ('stamp')");
  EXPECT_EQ(done(), "stamp");
  look.query("SELECT pg_terminate_backend($1, 5000)", {std::to_string(lock->pid())});
  EXPECT_THROW(applier().execute("INSERT INTO public.done VALUES ('late')"), TransientError);
  EXPECT_EQ(done(), "stamp");
}

}  // namespace
}  // namespace apply_test
