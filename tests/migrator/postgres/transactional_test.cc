// A transactional step is one message: guard, file, reset, ledger and journal rows, commit.
#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

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

// run-protocol, A transactional step 1
TEST_F(Transactional, DropsOnePairOfBeginAndCommitAroundTheFile) {
  EXPECT_FALSE(apply("BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n"));
  EXPECT_TRUE(exists("a"));
  EXPECT_EQ(done(), "s");
}

// run-protocol, A transactional step 1
TEST_F(Transactional, KeepsTheIsolationLevelOfTheDroppedBegin) {
  EXPECT_FALSE(
      apply("BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a AS SELECT "
            "current_setting('transaction_isolation') AS level; COMMIT"));
  EXPECT_EQ(one("SELECT level FROM a"), "serializable");
}

// A query of ours comes before the file's statements: what psql takes behind a BEGIN must be in that BEGIN.
TEST_F(Transactional, TakesTheIsolationLevelOfSetTransaction) {
  for (const char* const text : {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, DEFERRABLE; CREATE TABLE a AS SELECT "
                                 "current_setting('transaction_isolation') AS level",
                                 "BEGIN -- all at once\n; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE -- strictly\n;"
                                 "SET TRANSACTION DEFERRABLE; CREATE TABLE a AS SELECT current_setting("
                                 "'transaction_isolation') AS level; COMMIT",
                                 "BEGIN; SET LOCAL TRANSACTION ISOLATION LEVEL SERIALIZABLE; SET TRANSACTION READ "
                                 "WRITE; CREATE TABLE a AS SELECT "
                                 "current_setting('transaction_isolation') AS level; COMMIT"}) {
    look.execute("DROP TABLE IF EXISTS a");
    EXPECT_FALSE(apply(text));
    EXPECT_EQ(one("SELECT level FROM a"), "serializable") << text;
  }
}

// The server sends the rows of both, and one end.
TEST_F(Transactional, CountsAStatementWithRulesOnce) {
  look.execute("CREATE TABLE a (id int); CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2)");
  EXPECT_FALSE(apply("INSERT INTO a VALUES (1);\nINSERT INTO a VALUES (2);\n"));
  EXPECT_EQ(done(), "s");
  const auto failed = apply("INSERT INTO a VALUES (3);\nSELECT 1;\nSELECT 1/0;\n");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->statement, 3);
}

TEST_F(Transactional, RefusesATransactionThatCannotRecordTheStep) {
  for (const char* const text : {"SET TRANSACTION READ ONLY; SELECT 1", "BEGIN READ ONLY; SELECT 1; COMMIT",
                                 "SET TRANSACTION SNAPSHOT '00000003-0000001B-1'; SELECT 1"}) {
    try {
      postgres::examine({"a.sql", text, ""}, TransactionMode::kDefault, true, {});
      ADD_FAILURE() << text << " accepted";
    } catch (const PermanentError& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 8), "a.sql:1:") << error.what();
    }
  }
}

// run-protocol, A transactional step 1: a file with ROLLBACK otherwise leaves no table and a ledger that says applied.
TEST_F(Transactional, RefusesOtherTransactionControlWithItsLine) {
  for (const char* const control :
       {"ROLLBACK", "COMMIT", "END", "ABORT", "BEGIN", "START TRANSACTION", "PREPARE TRANSACTION 'x'"}) {
    try {
      postgres::examine({"a.sql", "CREATE TABLE a (id int);\n" + std::string(control) + ";\nSELECT 1;", ""},
                        TransactionMode::kDefault, true, {});
      ADD_FAILURE() << control << " accepted";
    } catch (const PermanentError& error) {
      EXPECT_EQ(std::string(error.what()).substr(0, 8), "a.sql:2:") << error.what();
    }
  }
}

// run-protocol, A transactional step 1
TEST_F(Transactional, AllowsSavepoints) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int); SAVEPOINT x; INSERT INTO a VALUES (1); ROLLBACK TO x; RELEASE x"));
  EXPECT_EQ(one("SELECT count(*) FROM a"), "0");
}

// run-protocol, A transactional step 2
TEST_F(Transactional, RefusesAnUnterminatedQuote) {
  EXPECT_THROW(postgres::examine({"a.sql", "SELECT 'x", ""}, TransactionMode::kDefault, true, {}), PermanentError);
}

// run-protocol, A transactional step 2: the number of results must be as expected. A file that changes, unseen by us,
// how the messages after this one are read gives one statement more, or fewer.
TEST_F(Transactional, NoticesThatTheServerSawOtherStatements) {
  std::string unseen = "DO $$ BEGIN PERFORM set_config('standard_' || 'conforming_strings', 'off', false); END $$;\n";
  for (int i = 0; i < 600; ++i) unseen += "SELECT 1;\n";  // more than one message holds
  for (const char* const last : {"SELECT 'a\\', '; SELECT 2; --'", "SELECT 'a\\'; SELECT ' AS b -- '"}) {
    const std::string text = unseen + last;
    try {
      EXPECT_FALSE(apply(text));
      ADD_FAILURE() << last << " was taken";
    } catch (const PermanentError& error) {
      EXPECT_NE(std::string(error.what()).find("results instead of"), std::string::npos) << error.what();
    }
  }
}

// run-protocol, A transactional step 2: it would swallow the ledger's statements.
TEST_F(Transactional, SurvivesATrailingCommentWithoutNewline) {
  EXPECT_FALSE(apply("CREATE TABLE a (id int) -- done"));
  EXPECT_EQ(done(), "s");
}

// run-protocol, A transactional step 2
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

// run-protocol, A transactional step 3
TEST_F(Transactional, NamesFileLineStatementAndColumnOfASyntaxError) {
  const auto failed = apply("CREATE TABLE a (id int);\n\n  SELECT 'ü', FROM a;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
  EXPECT_EQ(failed->statement, 2);
  EXPECT_EQ(failed->line, 3);
  EXPECT_EQ(failed->column, 15);
  EXPECT_EQ(failed->message, "s.sql:3: statement 2: syntax error at or near \"FROM\" (42601)");
}

// run-protocol, A transactional step 3: runtime errors have no position; the count of results tells.
TEST_F(Transactional, NamesTheStatementOfAnErrorWithoutPosition) {
  const auto failed = apply("SELECT 1;\nSELECT 2;\nSELECT 1/0;\nSELECT 3;");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->statement, 3);
  EXPECT_EQ(failed->line, 3);
  EXPECT_EQ(failed->sqlstate, "22012");
}

// run-protocol, A transactional step 3
TEST_F(Transactional, RollsAllOfAFailedFileBack) {
  EXPECT_TRUE(apply("CREATE TABLE a (id int); SELECT 1/0"));
  EXPECT_FALSE(exists("a"));
  EXPECT_EQ(done(), "");
}

// run-protocol, A transactional step 3
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

}  // namespace
}  // namespace apply_test
