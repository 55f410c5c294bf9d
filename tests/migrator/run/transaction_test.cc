// How a run's steps share transactions, or stand outside: --transaction all, and what refuses a transaction.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

// run-protocol: transaction: all
TEST(TransactionAll, UndoesAllStepsAndNamesTheOneThatFailed) {
  const MigratorWorld world;
  world.tables(2);
  world.revision(3, "SELECT 1 / 0;\n");
  const Finished run = world.sluice({"upgrade", "--transaction", "all"});
  EXPECT_EQ(run.code, 20) << run.out;
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
  EXPECT_EQ(world.versions(), "");
  EXPECT_EQ(last_value(run.out, "step"), "003");
  EXPECT_THAT(last_value(run.out, "file"), HasSubstr("003_step.up.sql"));
  EXPECT_THAT(last_value(run.out, "next"), AllOf(HasSubstr("correct 003_step.up.sql"), HasSubstr("were undone")));
  EXPECT_EQ(world.ask("SELECT string_agg(revision || ' ' || result, ', ') FROM sluice.sluice_journal"), "003 failed");
}

// Checked at the end of the one transaction: whose rows they are isn't known then.
TEST(TransactionAll, BlamesNoFileForADeferredConstraint) {
  const MigratorWorld world;
  world.revision(
      1, "CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);");
  world.revision(2, "INSERT INTO c VALUES (9);");
  world.revision(3, "SELECT 1;");
  const Finished run = world.sluice({"upgrade", "--transaction", "all"});
  EXPECT_EQ(run.code, 20) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), AllOf(HasSubstr("any of the files"), HasSubstr("23503")));
  EXPECT_THAT(last_value(run.out, "next"), Not(HasSubstr("003_step")));
  world.revision(4, "INSERT INTO p VALUES (9);");  // and one file may mend what another left open
  EXPECT_EQ(world.sluice({"upgrade", "--transaction", "all"}).code, 0);
}

// run-protocol, A non-transactional step, introduction: refused when planned
TEST(TransactionAll, RefusesWhatCannotRunInATransactionWhenPlanned) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "CREATE INDEX CONCURRENTLY t1_note ON t1(note);\n");
  for (const char* const more : {"--verbose", "--dry-run"}) {
    const Finished run = world.sluice({"upgrade", "--transaction", "all", more});
    EXPECT_EQ(run.code, 2) << more << run.out;
    EXPECT_THAT(last_value(run.out, "message"), HasSubstr("002_step.up.sql can't run in a transaction")) << more;
  }
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL AND to_regclass('alembic_version') IS NULL"), "t");
}

TEST(TransactionAll, RefusesAnIsolationLevelForOneOfTheFiles) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE t2(id int);\n");
  const Finished run = world.sluice({"upgrade", "--transaction", "all"});
  EXPECT_EQ(run.code, 2) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("002_step.up.sql wants an isolation level"));
}

// run-protocol, A non-transactional step 2: whether it refuses a transaction stands in the catalog
TEST(TransactionOff, IsWhatTheErrorAsksForAndThenItRuns) {
  const MigratorWorld world;
  world.revision(1,
                 "CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE INDEX p_id ON p (id);\n"
                 "CREATE PROCEDURE commits() LANGUAGE plpgsql AS 'BEGIN COMMIT; END';\n");
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  const std::vector<std::string> statements = {"REINDEX TABLE p", "CLUSTER p USING p_id", "CALL commits()"};
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string file = "00" + std::to_string(i + 2) + "_step.up.sql";
    world.file(file, "SELECT 1;\n" + statements[i] + ";\n");
    const Finished refused = world.sluice({"upgrade"});
    ASSERT_EQ(refused.code, 20) << statements[i] << refused.out;
    EXPECT_THAT(last_value(refused.out, "next"), HasSubstr("add the line `-- transaction: off` at the top of " + file));
    world.file(file, "-- transaction: off\nSELECT 1;\n" + statements[i] + ";\n");
    const Finished run = world.sluice({"run"});
    EXPECT_EQ(run.code, 0) << statements[i] << run.out;
  }
  EXPECT_EQ(world.versions(), "004");
}

TEST(TransactionOff, IsNotEnoughInsideTheFilesOwnTransaction) {
  const MigratorWorld world;
  world.revision(
      1, "-- transaction: off\nCREATE TABLE p (id int) PARTITION BY LIST (id);\nBEGIN;\nREINDEX TABLE p;\nCOMMIT;\n");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 22) << run.out;
  EXPECT_THAT(last_value(run.out, "next"), HasSubstr("take statement 3 out of the BEGIN"));
}
