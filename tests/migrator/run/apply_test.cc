// The run from outside: files to schema, ledger and journal.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

// guides E2
TEST(Upgrade, AppliesAllThatIsPendingAndRecordsIt) {
  const MigratorWorld world;
  world.tables(3);
  const Finished run = world.sluice({"upgrade", "heads"});
  ASSERT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(world.versions(), "003");
  EXPECT_EQ(world.ask("SELECT count(*) FROM t1, t2, t3"), "1");
  EXPECT_EQ(world.ask("SELECT string_agg(revision || ' ' || direction || ' ' || result, ', ' ORDER BY id)"
                      " FROM sluice.sluice_journal"),
            "001 up succeeded, 002 up succeeded, 003 up succeeded");
  EXPECT_EQ(world.ask("SELECT string_agg(file, ', ' ORDER BY id) FROM sluice.sluice_journal"),
            "001_step.up.sql, 002_step.up.sql, 003_step.up.sql");
  EXPECT_EQ(world.ask("SELECT result || ' ' || exit_code FROM sluice.sluice_run"), "succeeded 0");
}

// guides E2: a second `upgrade` is a no-op that says so
TEST(Upgrade, SaysThatThereIsNothingToDo) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  const Finished again = world.sluice({"upgrade"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("\"event\":\"nothing to do\""));
  EXPECT_EQ(last_value(again.out, "applied"), "0");
  EXPECT_EQ(world.ask("SELECT count(*) FROM sluice.sluice_run"), "1");
}

TEST(Upgrade, GoesOneStepFurtherEachTimeItIsAskedTo) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade", "+1"});
  EXPECT_EQ(world.versions(), "001");
  world.sluice({"upgrade", "+1"});
  EXPECT_EQ(world.versions(), "002");
}

// run-protocol, State: a stamp, a downgrade or Alembic behind our back makes "nothing to do" fail
TEST(Upgrade, NoticesThatAnotherToolWentDownBehindTheDigest) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  world.ask("DROP TABLE t2; UPDATE alembic_version SET version_num = '001'");
  const Finished again = world.sluice({"upgrade"});
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.ask("SELECT count(*) FROM t2"), "1");
}

// run-protocol, A transactional step: ledger and journal stand in the step's own transaction
TEST(Upgrade, LeavesNothingOfAFailedStepAndAllOfTheEarlierOnes) {
  const MigratorWorld world;
  world.tables(2);
  world.revision(3, "CREATE TABLE t3(id int);\nSELECT 1 / 0;\n");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 20) << run.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.ask("SELECT to_regclass('t3') IS NULL"), "t");
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("003_step.up.sql:2"));
  EXPECT_EQ(last_value(run.out, "step"), "003");
  EXPECT_EQ(world.ask("SELECT result FROM sluice.sluice_journal WHERE revision = '003'"), "failed");
}

// guides E11: a statement that can't run in a transaction is run outside one
TEST(Upgrade, BuildsAnIndexConcurrently) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "CREATE INDEX CONCURRENTLY t1_note ON t1(note);\n", "DROP INDEX CONCURRENTLY t1_note;\n");
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 't1_note'::regclass"), "t");
  EXPECT_EQ(world.ask("SELECT statements_applied || '/' || statements_total || ' ' || result"
                      " FROM sluice.sluice_journal WHERE revision = '002'"),
            "1/1 succeeded");
  ASSERT_EQ(world.sluice({"downgrade", "-1"}).code, 0);
  EXPECT_EQ(world.ask("SELECT to_regclass('t1_note') IS NULL"), "t");
}

// run-protocol, A non-transactional step: exit 22, and a rerun goes on at statement k
TEST(Upgrade, GoesOnAtTheStatementThatFailed) {
  const MigratorWorld world;
  world.tables(1);
  world.file("002_step.up.sql",
             "CREATE TABLE once(id int);\n"
             "CREATE INDEX CONCURRENTLY once_id ON once(id);\n"
             "CREATE UNIQUE INDEX CONCURRENTLY t1_note ON t1(note);\n");
  world.sluice({"upgrade", "001"});
  world.ask("INSERT INTO t1 VALUES (2, 'x')");
  const Finished half = world.sluice({"upgrade"});
  ASSERT_EQ(half.code, 22) << half.out;
  EXPECT_EQ(world.versions(), "001");
  EXPECT_THAT(last_value(half.out, "next"), HasSubstr("statement 3"));
  world.ask("UPDATE t1 SET note = 'y' WHERE id = 2");
  const Finished rest = world.sluice({"run"});
  ASSERT_EQ(rest.code, 0) << rest.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = 't1_note'::regclass"), "t");
}

// To correct the statement that failed, its file must be edited; what ran before it must not.
TEST(Upgrade, GoesOnInAFileThatWasCorrectedAfterTheStatementsThatRan) {
  const MigratorWorld world;
  const std::string first = "CREATE TABLE once(id int);\nCREATE INDEX CONCURRENTLY once_id ON once(id);\n";
  world.file("001_step.up.sql", first + "CREATE INDEX CONCURRENTLY once_no ON once(nothing);\n");
  ASSERT_EQ(world.sluice({"upgrade"}).code, 22);
  world.file("001_step.up.sql",
             "CREATE TABLE other(id int);\nCREATE INDEX CONCURRENTLY once_id ON once(id);\nSELECT 1;\n");
  const Finished edited_above = world.sluice({"upgrade"});
  EXPECT_EQ(edited_above.code, 21);
  EXPECT_THAT(last_value(edited_above.out, "message"), HasSubstr("first 2 statements"));
  world.file("001_step.up.sql", first + "CREATE INDEX CONCURRENTLY once_more ON once(id);\n");
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.versions(), "001");
}

// guides E3
TEST(Downgrade, UndoesStepsAndAsksBeforeItLosesData) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  const Finished refused = world.sluice({"downgrade", "-1"});
  EXPECT_EQ(refused.code, 40) << refused.out;
  EXPECT_EQ(world.versions(), "003");
  EXPECT_EQ(world.sluice({"downgrade", "-1", "--yes"}).code, 0);
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.sluice({"downgrade", "base"}).code, 40);
  EXPECT_EQ(world.sluice({"downgrade", "base", "--yes"}).code, 0);
  EXPECT_EQ(world.versions(), "");
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE tablename LIKE 't_'"), "0");
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.versions(), "003");
}

// guides E3: a missing down script is an error that names the file
TEST(Downgrade, NamesTheFileWithoutDownScript) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "CREATE TABLE t2(id int);");
  world.sluice({"upgrade"});
  const Finished run = world.sluice({"downgrade", "-1", "--yes"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("002_step"));
}

// guides E3: an irreversible revision gives its reason
TEST(Downgrade, GivesTheReasonOfAnIrreversibleRevision) {
  const MigratorWorld world;
  world.file("a1_first.up.sql",
             "-- revision: a1\n-- irreversible: the old hashes are gone\nCREATE TABLE t1(id int);\n");
  world.sluice({"upgrade"});
  const Finished run = world.sluice({"downgrade", "-1", "--yes"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("the old hashes are gone"));
}

// operator-protocol, Sources 1
TEST(Run, RefusesFilesOtherThanThoseThatWereHashed) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"run"}, {"SLUICE_EXPECT_DIGEST=" + std::string(64, 'a')});
  EXPECT_EQ(run.code, 10);
  EXPECT_EQ(last_value(run.out, "reason"), "SourceChanged");  // by which the operator tells it from a database away
  const std::string digest = last_value(world.sluice({"digest", world.migrations()}).out, "digest");
  EXPECT_EQ(world.sluice({"run"}, {"SLUICE_EXPECT_DIGEST=" + digest}).code, 0);
}

// performance: with the digest known the files aren't read
TEST(Run, TakesAKnownDigestForTheFilesWhereNothingChanged) {
  const MigratorWorld world;
  world.revision(1, "select 1;");
  world.sluice({"digest", world.migrations()});
  world.sluice({"run", "--trust-digest"});
  world.revision(1, "select 2;");  // not even read
  const Finished trusted = world.sluice({"run", "--trust-digest"});
  EXPECT_EQ(trusted.code, 0);
  EXPECT_THAT(trusted.out, HasSubstr("nothing to do"));
  EXPECT_EQ(world.sluice({"run"}).code, 21);
  EXPECT_EQ(world.sluice({"run", "--trust-digest", "--again"}).code, 21);
}

// run-protocol, State: the next image has one file more, and nobody wrote sluice.sum anew
TEST(Run, ReadsTheFilesWhereSluiceSumIsOfOthers) {
  const MigratorWorld world;
  world.tables(1);
  world.sluice({"digest", world.migrations()});
  EXPECT_EQ(world.sluice({"run", "--trust-digest"}).code, 0);
  world.tables(2);
  const Finished run = world.sluice({"run"}, {"SLUICE_TRUST_DIGEST=1"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_THAT(run.out, HasSubstr("\"event\":\"warning\""));
  EXPECT_THAT(run.out, HasSubstr("it doesn't list 002_step"));
}

// operator-protocol, Jobs 2
TEST(Run, WritesItsResultWhereTheKubeletReadsIt) {
  const MigratorWorld world;
  world.tables(1);
  world.sluice({"run"});
  const std::string result = support::run_program({"cat", world.folder() + "/result"}).out;
  EXPECT_LE(result.size(), 1024u);
  EXPECT_EQ(last_value(result, "code"), "0");
  EXPECT_EQ(last_value(result, "applied"), "1");
}

// operator-protocol, Jobs 3: the same for 20, so that a crash-looping init container doesn't try for ever
TEST(Run, DoesNotTryFailedFilesAgainUnlessTold) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\nINSERT INTO missing VALUES (1);\n");
  EXPECT_EQ(world.sluice({"run"}).code, 20);
  world.ask("CREATE TABLE missing(id int)");
  const Finished same = world.sluice({"run"});
  EXPECT_EQ(same.code, 20);
  EXPECT_THAT(last_value(same.out, "message"), HasSubstr("--again"));
  EXPECT_EQ(world.sluice({"run", "--again"}).code, 0);
}

// guides D3: by environment alone
TEST(Run, IsDrivenByTheEnvironmentOfAStartScript) {
  const MigratorWorld world;
  world.tables(2);
  EXPECT_EQ(world.sluice({"run"}, {"AUTO_MIGRATE=false"}).code, 0);
  EXPECT_EQ(world.ask("SELECT to_regclass('alembic_version') IS NULL"), "t");
  const Finished run = world.sluice(
      {"run"}, {"BACKUP_BEFORE_MIGRATE=true", "SLUICE_BACKUP_DIR=" + world.backups(), "SLUICE_TARGET=001"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.versions(), "001");
  EXPECT_THAT(run.out, HasSubstr("\"event\":\"backup done\""));
}

// A DatabaseMigration file, inline files included.
TEST(Run, DoesWhatAResourceSays) {
  const MigratorWorld world;
  const std::string resource = world.folder() + "/resource.yaml";
  world.file("../resource.yaml",
             "apiVersion: sluice.dev/v1alpha1\nkind: DatabaseMigration\nmetadata: {name: app}\nspec:\n"
             "  database: {urlFrom: {secretKeyRef: {name: db, key: url}}}\n"
             "  migrations:\n    inline:\n      files:\n        001_users.up.sql: CREATE TABLE users(id int)\n"
             "  checks: {after: [{name: users, tables: [users]}]}\n");
  const Finished run = world.sluice({"run", "-f", resource}, {"SLUICE_MIGRATIONS="});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(world.ask("SELECT count(*) FROM users"), "0");
  EXPECT_EQ(last_value(run.out, "healthy"), "true");
}

TEST(Run, TellsEveryProblemOfAResourceAtOnce) {
  const MigratorWorld world;
  world.file("../resource.yaml",
             "apiVersion: sluice.dev/v1alpha1\nkind: DatabaseMigration\nmetadata: {name: app}\nspec:\n"
             "  database: {urlFrom: {secretKeyRef: {name: db, key: url}}}\n  migrations: {inline: {files: {a.sql: "
             "select 1}}}\n"
             "  onFailure: explode\n  backup: {mode: maybe}\n");
  const Finished run = world.sluice({"run", "-f", world.folder() + "/resource.yaml"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(last_value(run.out, "message"), AllOf(HasSubstr("spec.onFailure"), HasSubstr("spec.backup.mode")));
}
