// Statements that refuse a transaction or don't, as the catalog says (run-protocol, "A non-transactional step" 2): in a
// file with `transaction: off` they stand alone.
#include "tests/migrator/postgres/outside_fixture.h"

namespace apply_test {
namespace {

class Alone : public OutsideFixture {
 protected:
  Alone() {
    look.execute(
        "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);"
        "CREATE INDEX p_id ON p (id); CREATE TABLE seen (x xid8);"
        "CREATE PROCEDURE commits() LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO seen VALUES (pg_current_xact_id()); COMMIT;"
        " INSERT INTO seen VALUES (pg_current_xact_id()); END';"
        "CREATE PROCEDURE fails() LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO seen VALUES (pg_current_xact_id()); COMMIT; RAISE ''no''; END'");
  }
  std::string storage(const std::string& index) { return one("SELECT pg_relation_filenode('" + index + "')"); }
};

// run-protocol, A non-transactional step 2: REINDEX of a partitioned table
TEST_F(Alone, ReindexesAPartitionedTable) {
  const std::string before = storage("p1_id_idx");
  EXPECT_FALSE(apply_outside("INSERT INTO p VALUES (1); REINDEX TABLE p; CREATE TABLE after (id int)"));
  EXPECT_NE(storage("p1_id_idx"), before);
  EXPECT_EQ(done(), "s begun, s 1, s 2, s 3, s");
}

// run-protocol, A non-transactional step 2
TEST_F(Alone, ReindexesAPartitionedIndex) {
  const std::string before = storage("p1_id_idx");
  EXPECT_FALSE(apply_outside("REINDEX INDEX p_id"));
  EXPECT_NE(storage("p1_id_idx"), before);
}

// run-protocol, A non-transactional step 2: CLUSTER on a partitioned table
TEST_F(Alone, ClustersAPartitionedTable) {
  const std::string before = storage("p1");
  EXPECT_FALSE(apply_outside("CLUSTER p USING p_id"));
  EXPECT_NE(storage("p1"), before);
}

// run-protocol, A non-transactional step 2: CALL or DO that commits
TEST_F(Alone, CallsAProcedureThatCommits) {
  EXPECT_FALSE(apply_outside("CALL commits(); CREATE TABLE after (id int)"));
  EXPECT_EQ(one("SELECT count(DISTINCT x) FROM seen"), "2");
  EXPECT_EQ(done(), "s begun, s 1, s 2, s");
}

TEST_F(Alone, DoesABlockThatCallsSuchAProcedure) {
  EXPECT_FALSE(apply_outside("DO $$ BEGIN CALL commits(); END $$; DO LANGUAGE plpgsql 'BEGIN CALL commits(); END'"));
  EXPECT_EQ(one("SELECT count(DISTINCT x) FROM seen"), "4");
}

// Its row is in its transaction: a kill can't fall between the two.
TEST_F(Alone, LeavesABlockThatCannotCommitInATransaction) {
  EXPECT_FALSE(
      apply_outside("INSERT INTO seen VALUES (pg_current_xact_id());"
                    "DO $$ BEGIN INSERT INTO seen VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING; END $$"));
  EXPECT_EQ(one("SELECT count(DISTINCT x) FROM seen"), "1");
  EXPECT_EQ(done(), "s begun, s 2, s");
}

TEST_F(Alone, StaysInATransactionWithoutTheHeader) {
  const auto failed = apply("INSERT INTO t VALUES (10, 'x'); REINDEX TABLE t; SELECT 1 / 0");
  ASSERT_TRUE(failed);
  EXPECT_EQ(one("SELECT count(*) FROM t"), "9");
}

TEST_F(Alone, GivesEachTransactionTheIsolationLevelThatItSets) {
  EXPECT_FALSE(
      apply_outside("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE a AS SELECT "
                    "current_setting('transaction_isolation') AS level; VACUUM t;"
                    "BEGIN; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; INSERT INTO a SELECT "
                    "current_setting('transaction_isolation'); COMMIT"));
  EXPECT_EQ(one("SELECT string_agg(level, ', ' ORDER BY level) FROM a"), "repeatable read, serializable");
}

// An earlier run was killed between the CALL and its row: it can't be known, so it is called again.
TEST_F(Alone, CallsAgainWhatAnEarlierRunMayHaveCalled) {
  EXPECT_FALSE(resume("CREATE TABLE there (id int); CALL commits(); CREATE TABLE after (id int)", 1));
  EXPECT_EQ(one("SELECT count(*) FROM seen"), "2");
  EXPECT_EQ(done(), "s 2, s 3, s");
}

TEST_F(Alone, IsHalfDoneWhereAProcedureFailedAfterItsCommit) {
  const auto failed = apply_outside("CALL fails()");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kHalfDone);
  EXPECT_EQ(failed->statements_applied, 0);
  EXPECT_EQ(one("SELECT count(*) FROM seen"), "1");
}

TEST_F(Alone, HasLeftNothingWhereTheProcedureDoesNotExist) {
  const auto failed = apply_outside("CALL nowhere()");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kStepFailed);
}

// run-protocol, A transactional step 6: the ladder is for what can be repeated.
TEST_F(Alone, TriesAReindexAgainAndACallNever) {
  options.lock_timeout = std::chrono::milliseconds(50);
  options.first_pause = std::chrono::milliseconds(1);
  options.lock_attempts = 3;
  Session holder = Session::open(target);
  holder.execute("CREATE PROCEDURE locks() LANGUAGE sql AS 'LOCK TABLE p1'; BEGIN; LOCK TABLE p1");
  const auto reindex = apply_outside("REINDEX TABLE p"), call = apply_outside("CALL locks()");
  ASSERT_TRUE(reindex && call);
  EXPECT_EQ(reindex->code, ExitCode::kNotNow);
  EXPECT_NE(reindex->message.find("after 3 tries"), std::string::npos) << reindex->message;
  EXPECT_EQ(call->message.find("tries"), std::string::npos) << call->message;
}

TEST_F(Alone, IsToldByTheErrorWithoutTheHeader) {
  for (const char* const text : {"REINDEX TABLE p", "CLUSTER p USING p_id", "CALL commits()", "REINDEX INDEX p_id",
                                 "DO $$ BEGIN CALL commits(); END $$"}) {
    const auto failed = apply(text);
    ASSERT_TRUE(failed) << text;
    EXPECT_TRUE(failed->refused_transaction) << text << failed->message;
  }
}

}  // namespace
}  // namespace apply_test
