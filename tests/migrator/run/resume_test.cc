// A step that an earlier run left half done (run-protocol, A non-transactional step): it goes on behind what was
// recorded, also where the correction made another kind of file of it.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::PausedSluice;
using testing::HasSubstr;

namespace {

constexpr const char* kTables = "CREATE TABLE t (id int); CREATE TABLE log (x int);\n";
constexpr const char* kFirst = "INSERT INTO log VALUES (1);\n";
constexpr const char* kMistaken = "CREATE INDEX CONCURRENTLY i ON t (nope);\n";
constexpr const char* kCorrected = "CREATE INDEX i ON t (id);\n";

void expect_done_once(const MigratorWorld& world) {
  const Finished again = world.sluice({"upgrade"});
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(world.ask("SELECT count(*) FROM log"), "1");
  EXPECT_EQ(world.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"), "t");
}

}  // namespace

TEST(Resume, RunsNothingTwiceWhereTheCorrectedStatementJoinsTheOnesBeforeIt) {
  const MigratorWorld world;
  const std::string header = "-- revision: a1\n-- revises: a0\n-- transaction: off\n\n";
  world.file("a0_base.up.sql", std::string("-- revision: a0\n\n") + kTables);
  world.file("a1_step.up.sql", header + kFirst + kMistaken);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 22);
  world.file("a1_step.up.sql", header + kFirst + kCorrected);
  expect_done_once(world);
}

TEST(Resume, RunsNothingTwiceWhereTheCorrectedFileCouldBeOneTransaction) {
  const MigratorWorld world;
  world.revision(1, kTables);
  world.revision(2, std::string(kFirst) + kMistaken);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 22);
  world.revision(2, std::string(kFirst) + kCorrected);
  expect_done_once(world);
}

TEST(Resume, IsRefusedInOneTransactionAroundAll) {
  const MigratorWorld world;
  world.revision(1, kTables);
  world.revision(2, std::string(kFirst) + kMistaken);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 22);
  world.revision(2, std::string(kFirst) + kCorrected);
  const Finished together = world.sluice({"run", "--transaction", "all"});
  EXPECT_EQ(together.code, 2) << together.out;
  EXPECT_THAT(last_value(together.out, "message"), HasSubstr("is half done"));
}

// Whether the index that stands there is the statement's own is asked of the server, by means that the role has.
TEST(Resume, TakesAnIndexAsDoneForARoleThatMayMakeNoTemporaryTable) {
  const MigratorWorld world;
  const std::string name = world.ask("SELECT current_database()");
  const std::string url = world.server().url_as(world.url(), "resume_app", "a-secret-password");
  world.ask("REVOKE TEMPORARY ON DATABASE \"" + name + "\" FROM PUBLIC; GRANT CREATE ON DATABASE \"" + name +
            "\" TO resume_app; GRANT CREATE ON SCHEMA public TO resume_app");
  const std::vector<std::string> as_app = {"SLUICE_DATABASE_URL=" + url};
  world.revision(1, kTables);
  ASSERT_EQ(world.sluice({"upgrade"}, as_app).code, 0);
  world.revision(2, "CREATE UNIQUE INDEX CONCURRENTLY i ON t (lower(id::text)) WHERE id > 0;\n");
  ASSERT_EQ(world.sluice({"upgrade"}, {as_app[0], "SLUICE_FAILPOINT=statement-done=kill"}).code, 128 + SIGKILL);
  ASSERT_EQ(world.ask("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')"), "t");
  const Finished again = world.sluice({"upgrade"}, as_app);
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.ask("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class"
                      " WHERE relnamespace = 'public'::regnamespace"),
            "alembic_version,alembic_version_pkc,i,log,t");
}

// Killed between the statement and its row; the next run is told to stop before it has asked whether it is done.
TEST(Resume, AsksWhetherTheNextStatementIsDoneAlsoAfterACancelledRun) {
  const MigratorWorld world;
  world.revision(1, kTables);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.revision(2, std::string("-- transaction: off\n") + kFirst + "CREATE INDEX CONCURRENTLY i ON t (id);\n");
  ASSERT_EQ(world.sluice({"upgrade"}, {"SLUICE_FAILPOINT=statement-done=kill"}).code, 128 + SIGKILL);
  PausedSluice second(world, {"upgrade"}, "step-begun");
  second.signal(SIGTERM);
  ASSERT_EQ(second.finish().code, 143);
  expect_done_once(world);
}
