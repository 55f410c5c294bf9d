// Tool mode: the user's own tool in our lock (design, "Working inside the user's own image").
#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;
using testing::EndsWith;
using testing::HasSubstr;

namespace {

/// A stand-in for a user's tool: shell and psql.
std::vector<std::string> tool(const MigratorWorld& world, const std::string& script) {
  return {"run", "--", "sh", "-c", script + "\n", world.url()};
}
std::string by_psql(const MigratorWorld& world, const std::string& sql) {
  return "psql -Xq -v ON_ERROR_STOP=1 -d '" + world.url() + "' -c \"" + sql + "\"";
}

}  // namespace

TEST(Tool, AppliesWhileOursIsTheRest) {
  const MigratorWorld world;
  const Finished run = world.sluice(
      tool(world, "echo hello; " + by_psql(world,
                                           "create table alembic_version(version_num varchar(32) primary key);"
                                           " insert into alembic_version values ('abc'); create table made(id int)")));
  ASSERT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("\"line\":\"hello\""));
  EXPECT_EQ(last_value(run.out, "child_exit"), "0");
  EXPECT_THAT(run.out, HasSubstr("\"heads\":[\"abc\"]"));
}

TEST(Tool, PassesItsFailureOn) {
  const MigratorWorld world;
  const Finished run = world.sluice(tool(world, "echo no >&2; exit 7"));
  EXPECT_EQ(run.code, 20);
  EXPECT_EQ(last_value(run.out, "child_exit"), "7");
  EXPECT_THAT(run.out, HasSubstr("\"line\":\"no\""));
}

// operator-protocol, Trust 5: the user's stdout is wrapped, else it forges ours
TEST(Tool, CannotForgeOurEvents) {
  const MigratorWorld world;
  const Finished run = world.sluice(tool(world, "echo '{\"event\":\"run ended\",\"code\":0}'; exit 1"));
  EXPECT_THAT(run.out, Not(HasSubstr("\n{\"event\":\"run ended\",\"code\":0}")));
  EXPECT_EQ(run.code, 20);
}

TEST(Tool, SaysThatItCannotBeStarted) {
  const MigratorWorld world;
  const Finished run = world.sluice({"run", "--", "no-such-tool"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("no-such-tool"));
}

// As a resource with `command` is refused: nobody but the tool knows its plan.
TEST(Tool, IsRefusedWhereAPlanWouldBeApprovedOrHeldBack) {
  const MigratorWorld world;
  const auto refused = [&](const std::vector<std::string>& words) {
    const Finished run = world.sluice(words);
    EXPECT_EQ(run.code, 2) << run.out << run.err;
    EXPECT_EQ(run.out.find("touched"), std::string::npos) << run.out;
    return run.out + run.err;
  };
  EXPECT_THAT(refused({"run", "--phase", "expand", "--", "echo", "touched"}), HasSubstr("phase expand"));
  EXPECT_THAT(refused({"run", "--approved-plan", "abcdef012345", "--", "echo", "touched"}), HasSubstr("approval"));
  const std::string file = world.folder() + "/migration.yaml";
  std::ofstream(file) << "apiVersion: sluice.dev/v1alpha1\nkind: DatabaseMigration\nmetadata: {name: app}\n"
                         "spec:\n  approval: Always\n  database: {urlFrom: {secretKeyRef: {name: db, key: url}}}\n"
                         "  migrations: {configMaps: [db]}\n";
  EXPECT_THAT(refused({"run", "-f", file, "--", "echo", "touched"}), HasSubstr("approval"));
}

TEST(Tool, IsToldToEndWhenWeAre) {
  const MigratorWorld world;
  Program run(world.command(tool(world, "trap 'echo stopping; exit 9' TERM; echo ready; while :; do sleep 0.1; done")),
              world.environment());
  ASSERT_TRUE(run.wait_for_output("ready"));
  run.signal(15);
  const Finished ended = run.wait();
  EXPECT_EQ(ended.code, 143) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("stopping"));
}

// Its output must not keep us from looking: a progress bar, a debug log.
TEST(Tool, IsToldToEndThoughItPrintsAllTheTime) {
  const MigratorWorld world;
  Program run(world.command(tool(world, "trap 'echo stopping; exit 9' TERM; while :; do echo on; done")),
              world.environment());
  ASSERT_TRUE(run.wait_for_output("\"line\":\"on\""));
  run.signal(15);
  ASSERT_TRUE(support::eventually([&] { return !run.is_running(); }, 20)) << "still at work";
  EXPECT_EQ(run.wait().code, 143);
}

// run-protocol, Lock 3: lock lost = stop
TEST(Tool, IsStoppedWhenTheLockIsLostThoughItPrintsAllTheTime) {
  const MigratorWorld world;
  Program run(
      world.command(tool(world, by_psql(world,
                                        "select pg_terminate_backend(pid, 5000) from pg_stat_activity where"
                                        " datname = current_database() and application_name like 'sluice lock%'") +
                                    "; while :; do echo on; done")),
      world.environment());
  ASSERT_TRUE(support::eventually([&] { return !run.is_running(); }, 20)) << "still at work";
  EXPECT_EQ(run.wait().code, 10);
}

// run-protocol, Lock 4: a nested `sluice` is recognised by its environment
TEST(Tool, MayBeSluiceItself) {
  const MigratorWorld world;
  world.tables(2);
  const Finished run = world.sluice({"run", "--lock-wait", "5s", "--", support::binary("sluice"), "upgrade", "heads"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.versions(), "002");
}

// issue 3: the backup is made unless the ledger already holds the target the resource names
TEST(Tool, IsBackedUpUnlessTheTargetIsThere) {
  const MigratorWorld world;
  world.ask(
      "CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('abc')");
  const std::vector<std::string> backup = {"SLUICE_BACKUP_DIR=" + world.backups()};
  EXPECT_THAT(world.sluice({"run", "--", "true"}, backup).out, HasSubstr("backup done"));
  EXPECT_THAT(world.sluice({"run", "--target", "abc", "--", "true"}, backup).out, Not(HasSubstr("backup done")));
}

TEST(Tool, IsPutBackByTheBackup) {
  const MigratorWorld world;
  world.ask(
      "CREATE TABLE kept(id int, note text); INSERT INTO kept SELECT n, 'row ' || n FROM generate_series(1, 100) n;"
      "CREATE TABLE alembic_version(version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('abc')");
  const std::string rows = "SELECT string_agg(id || note, ',' ORDER BY id) FROM kept";
  const std::string before = world.ask(rows);
  const std::string bad =
      by_psql(world, "drop table kept; update alembic_version set version_num = 'def'") + "; exit 1";
  const Finished run = world.sluice({"run", "--on-failure", "restore", "--accept-lost-writes", "--backup-dir",
                                     world.backups(), "--", "sh", "-c", bad});
  EXPECT_EQ(run.code, 30) << run.out;
  EXPECT_EQ(world.versions(), "abc");
  EXPECT_EQ(world.ask(rows), before);
  EXPECT_THAT(before, EndsWith("100row 100"));
}

// Another command, or another image: nothing says that it goes on with what the killed one had begun.
TEST(Tool, DoesNotTakeOverTheBackupOfAKilledOne) {
  const MigratorWorld world;
  world.ask("CREATE TABLE kept(id int)");
  const std::vector<std::string> flags = {
      "run", "--on-failure", "restore", "--accept-lost-writes", "--backup-dir", world.backups(), "--", "sh", "-c"};
  const auto command = [&](const std::string& script) {
    std::vector<std::string> words = flags;
    words.push_back(script);
    return world.command(words);
  };
  Program killed(command("echo ready; while :; do sleep 0.1; done"), world.environment());
  ASSERT_TRUE(killed.wait_for_output("ready"));
  killed.signal(9);
  killed.wait();
  world.ask("INSERT INTO kept VALUES (1)");
  const Finished next = support::run_program(command("exit 1"), world.environment());
  EXPECT_EQ(next.code, 30) << next.out;
  EXPECT_THAT(next.out, HasSubstr("backup done"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM kept"), "1");
}

TEST(Tool, IsNotTrustedWhereItMissedTheNamedTarget) {
  const MigratorWorld world;
  const Finished run = world.sluice({"run", "--target", "abc", "--", "true"});
  EXPECT_EQ(run.code, 21);
}

TEST(Tool, IsPutBackWhereItMissedTheNamedTarget) {
  const MigratorWorld world;
  world.ask("CREATE TABLE kept(id int)");
  const Finished run =
      world.sluice({"run", "--target", "abc", "--on-failure", "restore", "--accept-lost-writes", "--backup-dir",
                    world.backups(), "--", "sh", "-c", by_psql(world, "drop table kept")});
  EXPECT_EQ(run.code, 30) << run.out;
  EXPECT_EQ(world.ask("SELECT count(*) FROM kept"), "0");
}
