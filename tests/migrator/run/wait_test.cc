// `sluice wait`, the gate that asks the database (design, Gates 1).
#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "tests/support/migrator_world.h"
#include "tests/support/port.h"

using support::Finished;
using support::MigratorWorld;
using support::Program;
using testing::HasSubstr;

static std::string host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return name.data();
}

TEST(Wait, EndsWhenTheRevisionIsThere) {
  const MigratorWorld world;
  world.tables(2);
  Program waiting(world.command({"wait", "--at-least", "002", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("002 is not applied"));
  world.sluice({"upgrade"});
  EXPECT_EQ(waiting.wait().code, 0);
}

TEST(Wait, SaysWhatIsMissingWhenTheTimeIsOver) {
  const MigratorWorld world;
  world.tables(1);
  const Finished ended = world.sluice({"wait", "--timeout", "100ms", "--interval", "20ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("revision 001 is not applied"));
}

TEST(Wait, IsContentWithALaterRevision) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  EXPECT_EQ(world.sluice({"wait", "--at-least", "001"}).code, 0);
  // Without the files the journal knows it.
  EXPECT_EQ(world.sluice({"wait", "--at-least", "001", "--timeout", "1s"}, {"SLUICE_MIGRATIONS="}).code, 0);
}

TEST(Wait, GoesOnAskingADatabaseThatIsNotThereYet) {
  const MigratorWorld world;
  world.tables(1);
  const Finished ended = world.sluice(
      {"wait", "--at-least", "001", "--timeout", "200ms", "--interval", "50ms"},
      {"SLUICE_DATABASE_URL=postgresql://nobody@127.0.0.1:" + std::to_string(support::free_port()) + "/none"});
  EXPECT_EQ(ended.code, 50);
}

TEST(Wait, EndsCleanlyWhenCancelled) {
  const MigratorWorld world;
  world.tables(1);
  Program waiting(world.command({"wait", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("not applied"));
  waiting.signal(15);
  EXPECT_EQ(waiting.wait().code, 143);
}

TEST(Wait, RefusesARelativeTarget) {
  const MigratorWorld world;
  EXPECT_EQ(world.sluice({"wait", "--at-least", "+1"}).code, 2);
}

// guides D1: an old image starts again beside a newer database.
TEST(Wait, KnowsWhatIsBelowARevisionThatItsFilesDontHave) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  world.remove("003_step.up.sql");
  world.remove("003_step.down.sql");
  EXPECT_EQ(world.sluice({"wait", "--timeout", "0s"}).code, 0);
}

// A revision that another tool took back is not there, whatever the journal remembers.
TEST(Wait, BelievesTheLedgerNotTheJournal) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  world.ask("update alembic_version set version_num = '002'");
  EXPECT_EQ(world.sluice({"wait", "--at-least", "003", "--timeout", "0s"}).code, 50);
  const Finished without_files = world.sluice({"wait", "--at-least", "003", "--timeout", "0s"}, {"SLUICE_MIGRATIONS="});
  EXPECT_EQ(without_files.code, 50);
  EXPECT_THAT(without_files.out, HasSubstr("003 is not applied (the database is at 002)"));
}

TEST(Wait, SaysWhenItCannotKnow) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  world.ask("update alembic_version set version_num = 'ae10'");  // by a tool that keeps no journal
  for (const char* const bound : {"--at-least", "--before"}) {
    const Finished ended = world.sluice({"wait", bound, "002", "--timeout", "0s"}, {"SLUICE_MIGRATIONS="});
    EXPECT_EQ(ended.code, 50) << bound;
    EXPECT_THAT(ended.out, HasSubstr("can't be known"));
    EXPECT_THAT(ended.out, HasSubstr("what ae10 stands on"));
  }
}

TEST(Wait, WalksOverMergesAndDependencies) {
  const MigratorWorld world;
  const auto revision = [&](const std::string& id, const std::string& header) {
    world.file(id + "_x.up.sql", "-- revision: " + id + "\n" + header + "create table t_" + id + " (id int);\n");
  };
  revision("a0", "");
  revision("b0", "-- revises: a0\n");
  revision("c0", "-- revises: a0\n");
  revision("d0", "-- revises: b0, c0\n");
  revision("e0", "-- depends-on: d0\n");
  world.sluice({"upgrade", "heads"});
  world.ask("delete from alembic_version where version_num <> 'e0'");  // Alembic, too, leaves out what others imply
  for (const char* const id : {"a0", "b0", "c0", "d0", "e0"}) {
    EXPECT_EQ(world.sluice({"wait", "--at-least", id, "--timeout", "0s"}, {"SLUICE_MIGRATIONS="}).code, 0) << id;
  }
}

TEST(Wait, LearnsTheAncestryOfAJournalThatWasMadeWithoutIt) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  world.ask("alter table sluice.sluice_journal drop column below");
  const std::vector<std::string> question = {"wait", "--at-least", "001", "--timeout", "0s"};
  EXPECT_EQ(world.sluice(question, {"SLUICE_MIGRATIONS="}).code, 50);
  world.tables(3);
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.sluice(question, {"SLUICE_MIGRATIONS="}).code, 0);
}

// operator-protocol, Roll-outs 1: old code must not be rolled back onto a contracted schema.
TEST(Wait, EndsAtOnceBehindTheUpperBound) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  const Finished ended = world.sluice({"wait", "--before", "002"}, {"SLUICE_MIGRATIONS="});
  EXPECT_EQ(ended.code, 21);
  EXPECT_THAT(ended.out, HasSubstr("\"reason\":\"TooNew\""));
  EXPECT_THAT(ended.out, HasSubstr("the database is at 003, so it has reached 002"));
}

TEST(Wait, LetsThroughBelowTheUpperBound) {
  const MigratorWorld world;
  world.tables(2);
  EXPECT_EQ(world.sluice({"wait", "--before", "002"}).code, 0);  // nothing was ever applied
  world.sluice({"upgrade", "001"});
  EXPECT_EQ(world.sluice({"wait", "--before", "002"}).code, 0);
  // A release that is older than the revision which ends it doesn't have its file.
  EXPECT_EQ(world.sluice({"wait", "--before", "009"}).code, 0);
  EXPECT_EQ(world.sluice({"wait", "--before", "002"}, {"SLUICE_MIGRATIONS="}).code, 0);
}

TEST(Wait, TakesARangeFromTheEnvironmentAlone) {  // guides D3
  const MigratorWorld world;
  world.tables(4);
  const std::vector<std::string> range = {"SLUICE_MIGRATIONS=", "SLUICE_AT_LEAST=002", "SLUICE_BEFORE=004",
                                          "SLUICE_TIMEOUT=0s"};
  EXPECT_EQ(world.sluice({"wait"}, range).code, 50);
  world.sluice({"upgrade", "003"});
  EXPECT_EQ(world.sluice({"wait"}, range).code, 0);
  world.sluice({"upgrade", "004"});
  EXPECT_EQ(world.sluice({"wait"}, range).code, 21);
}

TEST(Wait, NeedsNotWhatWaitsForTheOldCode) {  // guides D2
  const MigratorWorld world;
  world.file("a0_x.up.sql", "-- revision: a0\ncreate table t (id int, old int);\n");
  world.file("b0_x.up.sql", "-- revision: b0\n-- revises: a0\n-- phase: contract\nalter table t drop column old;\n");
  world.sluice({"upgrade", "--phase", "expand"});
  EXPECT_EQ(world.sluice({"wait", "--timeout", "0s"}).code, 50);
  EXPECT_EQ(world.sluice({"wait", "--timeout", "0s", "--phase", "expand"}).code, 0);
}

TEST(Wait, NamesWhoIsAtWork) {
  const MigratorWorld world;
  world.tables(1);
  world.file("002_step.up.sql", "select pg_sleep(600);");
  Program working(world.command({"upgrade", "--output", "json"}), world.environment());
  ASSERT_TRUE(working.wait_for_output("step started"));
  Program waiting(world.command({"wait", "--interval", "50ms"}), world.environment());
  EXPECT_TRUE(waiting.wait_for_output("is at work: run "));
  working.signal(15);
  working.wait();
  waiting.signal(15);
  const std::string told = waiting.wait().out;
  EXPECT_THAT(told, HasSubstr("sluice lock " + host_name()));
}

TEST(Wait, GoesOnWhenTheDatabaseComesBack) {
  const auto server = support::PostgresServer::start();
  const MigratorWorld world(*server);
  world.tables(2);
  world.sluice({"upgrade", "001"});
  Program waiting(world.command({"wait", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("002 is not applied"));
  server->stop_immediate();
  ASSERT_TRUE(waiting.wait_for_output("\"message\":\"connect"));
  server->restart();
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(waiting.wait().code, 0);
}

TEST(Wait, HoldsOneConnection) {
  const MigratorWorld world;
  world.tables(1);
  Program waiting(world.command({"wait", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("001 is not applied"));
  EXPECT_EQ(world.ask("select count(*) from pg_stat_activity where application_name like 'sluice%'"
                      " and datname = current_database()"),
            "1");
}

TEST(Wait, WritesWhyIntoThePodsStatus) {
  const MigratorWorld world;
  world.tables(1);
  const std::string file = world.folder() + "/termination";
  world.sluice({"wait", "--timeout", "0s"}, {"SLUICE_TERMINATION_LOG=" + file});
  EXPECT_THAT(support::run_program({"cat", file}).out, HasSubstr("001 is not applied"));
}

TEST(Wait, RefusesBoundsThatMeanNothing) {
  const MigratorWorld world;
  const auto code = [&](const std::vector<std::string>& bounds) {
    std::vector<std::string> words = {"wait"};
    words.insert(words.end(), bounds.begin(), bounds.end());
    return world.sluice(words, {"SLUICE_MIGRATIONS="}).code;
  };
  EXPECT_EQ(code({}), 2);
  EXPECT_EQ(code({"--before", "heads"}), 2);
  EXPECT_EQ(code({"--before", "+1"}), 2);
  EXPECT_EQ(code({"--before", "auth@head"}), 2);
  EXPECT_EQ(code({"--before", "002", "--at-least", "002"}), 2);
  EXPECT_EQ(code({"--at-least", "002", "--interval", "0s"}), 2);
}

// docs/init-containers.md: any role will do that can read the version table.
TEST(Wait, NeedsNoMoreThanTheRightToReadTheVersionTable) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  const std::string url = world.server().url_as(world.url(), "reader", "pw");
  world.ask("GRANT SELECT ON alembic_version TO reader");
  const auto expect_code = [&](int code, const std::string& revision, const std::string& folder,
                               const std::string& why = {}) {
    const Finished ended = world.sluice({"wait", "--at-least", revision, "--timeout", "0s"},
                                        {"SLUICE_DATABASE_URL=" + url, "SLUICE_MIGRATIONS=" + folder});
    EXPECT_EQ(ended.code, code) << revision << " with files " << folder << ": " << ended.out;
    EXPECT_THAT(ended.out, HasSubstr(why));
  };
  expect_code(0, "002", "");
  expect_code(0, "001", world.migrations());
  expect_code(50, "001", "", "this role may not read schema sluice");
  world.ask("GRANT USAGE ON SCHEMA sluice TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO reader");
  expect_code(0, "001", "");
}

// guides D1: the init container of an old pod that starts again beside a newer database.
TEST(InitContainer, OfAnOlderImageHasNothingToDo) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  world.remove("003_step.up.sql");
  world.remove("003_step.down.sql");
  const Finished ended = world.sluice({"run", "--init-container"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("the database is ahead of these files"));
  EXPECT_EQ(world.sluice({"run"}).code, 21);  // anyone else asked for these very files
}

TEST(InitContainer, WithFilesOfAnotherHistoryIsRefused) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  world.ask("update alembic_version set version_num = 'ae10'");
  EXPECT_EQ(world.sluice({"run", "--init-container"}).code, 21);
}
