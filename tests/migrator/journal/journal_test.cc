// sluice_run and sluice_journal, and the one question "nothing to do?" (run-protocol, State).
#include "migrator/journal/journal.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/support/postgres_server.h"

namespace {

using journal::Entry;
using journal::Journal;

using postgres::Session;
using postgres::Target;
using support::PostgresServer;
using Heads = std::vector<std::string>;

class JournalTest : public testing::Test {
 protected:
  /// A run of digest "d" that left the ledger at `heads`.
  void succeed(const Heads& heads) {
    session.execute(tables.start_run_sql({.run = "r1", .digest = "d", .target = "heads", .phase = "All"}));
    session.execute(
        tables.finish_run_sql({.run = "r1", .digest = "d", .heads = heads, .result = "succeeded", .exit_code = 0}));
  }
  void set_ledger(const Heads& heads) {
    session.execute(
        "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(255)); DELETE FROM alembic_version");
    for (const std::string& head : heads) session.query("INSERT INTO alembic_version VALUES ($1)", {head});
  }
  std::optional<Heads> unchanged(const std::string& digest = "d") {
    return tables.unchanged_since(session, digest, "\"public\".\"alembic_version\"");
  }

  std::string url = PostgresServer::shared().new_database();
  Session session = Session::open(Target::parse(url));
  Journal tables{"public.alembic_version", "public"};
};

TEST_F(JournalTest, IsNotFoundInAnEmptyDatabase) { EXPECT_FALSE(tables.find(session, {})); }

TEST_F(JournalTest, IsMadeInSchemaSluice) {
  tables.ensure(session);
  EXPECT_TRUE(tables.find(session, {}));
  EXPECT_EQ(tables.schema_quoted(), "\"sluice\"");
}

TEST_F(JournalTest, IsEnsuredTwiceWithoutHarm) {
  tables.ensure(session);
  succeed({"a"});
  tables.ensure(session);
  EXPECT_EQ(tables.runs(session, 10).size(), 1u);
}

// run-protocol, State: Alembic's autogenerate would propose to drop tables in public, so it is the second choice.
TEST_F(JournalTest, GoesBesideTheLedgerWhereNoSchemaMayBeCreated) {
  Session user = Session::open(Target::parse(PostgresServer::shared().url_as(url, "journal_user", "x")));
  session.execute("GRANT CREATE ON SCHEMA public TO journal_user");
  tables.ensure(user);
  EXPECT_EQ(tables.schema_quoted(), "\"public\"");
  Journal again{"public.alembic_version", "public"};
  EXPECT_TRUE(again.find(user, {}));
  EXPECT_EQ(again.schema_quoted(), "\"public\"");
}

TEST_F(JournalTest, SaysNotAllowedWhereItMayCreateNothing) {
  Session user = Session::open(Target::parse(PostgresServer::shared().url_as(url, "journal_nobody", "x")));
  try {
    tables.ensure(user);
    FAIL() << "created";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, report::ExitCode::kNotAllowed);
  }
}

TEST_F(JournalTest, RefusesAShapeNewerThanItKnows) {
  tables.ensure(session);
  session.execute("COMMENT ON TABLE sluice.sluice_run IS 'sluice journal, shape 99'");
  EXPECT_THROW(tables.find(session, {}), PermanentError);
}

TEST_F(JournalTest, KeepsAStepAsWritten) {
  tables.ensure(session);
  session.execute(tables.insert_sql({.run = "r1",
                                     .revision = "it's",
                                     .direction = "up",
                                     .checksum = "abc",
                                     .file = "a_it's.up.sql",
                                     .statements_total = 3,
                                     .statements_applied = 3,
                                     .result = "succeeded",
                                     .applied_by = "ci",
                                     .tool_version = "0.1"}));
  const std::vector<Entry> entries = tables.entries(session);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].revision, "it's");
  EXPECT_EQ(entries[0].ledger, "public.alembic_version");
  EXPECT_EQ(entries[0].file, "a_it's.up.sql");
  EXPECT_EQ(entries[0].statements_applied, 3);
  EXPECT_FALSE(entries[0].started_at.empty());
  EXPECT_FALSE(entries[0].finished_at.empty());
}

// Columns came later: an older table is read as it is, and gets them by the next run.
TEST_F(JournalTest, BringsATableOfAnOlderVersionUpToDate) {
  tables.ensure(session);
  session.execute(tables.insert_sql({.run = "r1", .revision = "a", .direction = "up", .result = "succeeded"}));
  session.execute("ALTER TABLE sluice.sluice_journal DROP COLUMN file, DROP COLUMN below");
  Journal older{"public.alembic_version", "public"};
  ASSERT_TRUE(older.find(session, {}));
  EXPECT_EQ(older.entries(session).size(), 1u);
  older.ensure(session);
  session.execute(
      older.insert_sql({.run = "r2", .revision = "b", .direction = "up", .file = "b.sql", .result = "succeeded"}));
  EXPECT_EQ(older.entries(session)[1].file, "b.sql");
}

TEST_F(JournalTest, FollowsANonTransactionalStepWhileItRuns) {
  tables.ensure(session);
  Entry entry{.run = "r1", .revision = "a", .direction = "up", .statements_total = 2, .result = "running"};
  session.execute(tables.insert_sql(entry));
  EXPECT_TRUE(tables.entries(session)[0].finished_at.empty());
  entry.statements_applied = 1;
  session.execute(tables.update_sql(entry));
  EXPECT_EQ(tables.entries(session)[0].statements_applied, 1);
  entry.result = "succeeded";
  session.execute(tables.update_sql(entry));
  EXPECT_EQ(tables.entries(session)[0].result, "succeeded");
  EXPECT_FALSE(tables.entries(session)[0].finished_at.empty());
}

// Who restored it and when is in the table for people; whoever asks what was done must not see it.
TEST_F(JournalTest, LeavesOutTheStepsThatARestoreUndid) {
  tables.ensure(session);
  const Entry half{.run = "r1", .revision = "a", .direction = "up", .statements_applied = 1, .result = "failed"};
  const Entry adopted{.run = "r2", .revision = "a", .direction = "adopt", .result = "succeeded"};
  const Entry undone{.run = "r2", .revision = "a", .direction = "down", .result = "succeeded"};
  for (const Entry& each : {half, adopted, undone}) session.execute(tables.insert_sql(each));
  session.execute(tables.undone_sql({adopted, undone}));
  const std::vector<Entry> entries = tables.entries(session);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].run, "r1");
  EXPECT_EQ(entries[1].direction, "adopt");
}

TEST_F(JournalTest, ListsRunsNewestFirst) {
  tables.ensure(session);
  for (const char* const run : {"r1", "r2", "r3"})
    session.execute(tables.start_run_sql({.run = run, .target = "heads"}));
  const std::vector<journal::Run> runs = tables.runs(session, 2);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].run, "r3");
  EXPECT_EQ(runs[0].result, "running");
}

TEST_F(JournalTest, KeepsTheRowsOfAnotherLedgerApart) {
  tables.ensure(session);
  Journal other{"public.other_version", "public"};
  ASSERT_TRUE(other.find(session, {}));
  session.execute(other.insert_sql({.run = "r1", .revision = "a", .direction = "up", .result = "succeeded"}));
  EXPECT_TRUE(tables.entries(session).empty());
}

TEST_F(JournalTest, HasSomethingToDoInAnEmptyDatabase) { EXPECT_EQ(unchanged(), std::nullopt); }

TEST_F(JournalTest, HasNothingToDoAfterASuccessWithTheSameDigest) {
  tables.ensure(session);
  set_ledger({"b", "a"});
  succeed({"a", "b"});
  EXPECT_EQ(unchanged(), (Heads{"a", "b"}));
}

TEST_F(JournalTest, HasNothingToDoWithAnEmptyFolder) {
  tables.ensure(session);
  set_ledger({});
  succeed({});
  EXPECT_EQ(unchanged(), Heads{});
}

TEST_F(JournalTest, HasSomethingToDoWhenTheDigestDiffers) {
  tables.ensure(session);
  set_ledger({"a"});
  succeed({"a"});
  EXPECT_EQ(unchanged("other"), std::nullopt);
}

TEST_F(JournalTest, HasSomethingToDoWhenAlembicWentBackBehindUs) {
  tables.ensure(session);
  set_ledger({"a"});
  succeed({"b"});
  EXPECT_EQ(unchanged(), std::nullopt);
}

TEST_F(JournalTest, HasSomethingToDoWhenALaterRunIsUnfinished) {
  tables.ensure(session);
  set_ledger({"a"});
  succeed({"a"});
  session.execute(tables.start_run_sql({.run = "r2", .digest = "d", .target = "heads"}));
  EXPECT_EQ(unchanged(), std::nullopt);
}

TEST_F(JournalTest, HasSomethingToDoWhileAStepIsHalfDone) {
  tables.ensure(session);
  set_ledger({"a"});
  session.execute(tables.insert_sql({.run = "r0", .revision = "a", .direction = "up", .result = "running"}));
  succeed({"a"});
  EXPECT_EQ(unchanged(), std::nullopt);
}

TEST_F(JournalTest, HasSomethingToDoWhenTheLedgerIsGone) {
  tables.ensure(session);
  succeed({"a"});
  EXPECT_EQ(unchanged(), std::nullopt);
}

}  // namespace
