// The real Alembic and Sluice take turns on one database and one version table: one tree of revisions, as Alembic's .py
// files and as ours, with the same SQL. docs/decisions/0006.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::run_program;
using testing::HasSubstr;

namespace {

std::string alembic_program() {
  static const std::string path = [] {
    const Finished installed = run_program({SLUICE_ALEMBIC_INSTALL});
    if (installed.code != 0) throw std::runtime_error(installed.err);
    return installed.out.substr(0, installed.out.find('\n'));
  }();
  return path;
}

const char* const kEnvironment = R"(import os
from alembic import context
from sqlalchemy import create_engine
with create_engine(os.environ["ALEMBIC_URL"].replace("postgresql:", "postgresql+psycopg2:", 1)).connect() as connection:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
)";

class AlembicBeside : public testing::Test {
 protected:
  AlembicBeside() {
    world.file("../alembic.ini", "[alembic]\nscript_location = %(here)s/alembic\n");
    world.file("../alembic/env.py", kEnvironment);
    revision("3f2a9c", "", "CREATE TABLE users (id int PRIMARY KEY)", "DROP TABLE users");
    revision("81bd07", "3f2a9c", "ALTER TABLE users ADD mail text", "ALTER TABLE users DROP mail");
    revision("c40e11", "81bd07", "CREATE TABLE orders (id int PRIMARY KEY)", "DROP TABLE orders");
  }

  /// The same revision for both.
  void revision(const std::string& id, const std::string& parent, const std::string& up, const std::string& down) {
    world.file(id + "_r.up.sql",
               "-- revision: " + id + "\n" + (parent.empty() ? "" : "-- revises: " + parent + "\n") + up + ";\n");
    world.file(id + "_r.down.sql", down + ";\n");
    world.file("../alembic/versions/" + id + "_r.py",
               "from alembic import op\nrevision = '" + id + "'\ndown_revision = " +
                   (parent.empty() ? "None" : "'" + parent + "'") + "\ndef upgrade():\n    op.execute('" + up +
                   "')\ndef downgrade():\n    op.execute('" + down + "')\n");
  }

  Finished alembic(const std::vector<std::string>& words) const {
    std::vector<std::string> argv = {alembic_program(), "-c", world.folder() + "/alembic.ini"};
    argv.insert(argv.end(), words.begin(), words.end());
    return run_program(argv, {"ALEMBIC_URL=" + world.url()});
  }
  void run_alembic(const std::vector<std::string>& words) const {
    const Finished ran = alembic(words);
    ASSERT_EQ(ran.code, 0) << ran.err;
  }
  Finished run_sluice(const std::vector<std::string>& words) const {
    Finished ran = world.sluice(words);
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    return ran;
  }
  /// Both name this revision.
  void expect_both_at(const std::string& id) const {
    EXPECT_THAT(alembic({"current"}).out, HasSubstr(id));
    EXPECT_EQ(world.versions(), id);
    EXPECT_THAT(world.sluice({"current"}).out, HasSubstr(id));
  }
  std::string journal() const {
    return world.ask(
        "SELECT string_agg(revision || ' ' || direction, ', ' ORDER BY id) FROM sluice.sluice_journal"
        " WHERE result = 'succeeded'");
  }

  const MigratorWorld world;
};

}  // namespace

TEST_F(AlembicBeside, NamesTheRevisionThatSluiceApplied) {
  run_sluice({"upgrade", "81bd07"});
  expect_both_at("81bd07");
}

TEST_F(AlembicBeside, GoesOnWhereSluiceStopped) {
  run_sluice({"upgrade", "81bd07"});
  run_alembic({"upgrade", "head"});
  expect_both_at("c40e11");
}

TEST_F(AlembicBeside, IsGoneOnFromBySluiceWithoutAJournal) {
  run_alembic({"upgrade", "81bd07"});
  run_sluice({"upgrade"});
  expect_both_at("c40e11");
  EXPECT_EQ(journal(), "3f2a9c adopt, 81bd07 adopt, c40e11 up");
}

// The ledger is the truth about what is applied: what Alembic did on top of our journal is adopted, and told.
TEST_F(AlembicBeside, AppliesBehindTheJournalAndSluiceAdopts) {
  run_sluice({"upgrade", "3f2a9c"});
  run_alembic({"upgrade", "81bd07"});
  const Finished run = run_sluice({"upgrade"});
  EXPECT_THAT(run.out, HasSubstr("\"step\":\"81bd07\""));
  EXPECT_THAT(run.out, HasSubstr("adopted"));
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 adopt, c40e11 up");
  expect_both_at("c40e11");
}

TEST_F(AlembicBeside, MayApplyAllThatIsPendingAndSluiceOnlyAdopts) {
  run_sluice({"upgrade", "3f2a9c"});
  run_alembic({"upgrade", "head"});
  const Finished run = run_sluice({"upgrade"});
  EXPECT_THAT(run.out, HasSubstr("nothing to do"));
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 adopt, c40e11 adopt");
  EXPECT_THAT(run_sluice({"upgrade"}).out, Not(HasSubstr("adopted")));
}

TEST_F(AlembicBeside, TakesBackBehindTheJournalAndSluiceAppliesAgain) {
  run_sluice({"upgrade"});
  run_alembic({"downgrade", "3f2a9c"});
  expect_both_at("3f2a9c");
  const Finished run = run_sluice({"upgrade"});
  EXPECT_THAT(run.out, HasSubstr("took it back"));
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 up, c40e11 up, c40e11 down, 81bd07 down, 81bd07 up, c40e11 up");
  expect_both_at("c40e11");
}

// A file may be changed once nothing of it is applied, whoever took it back.
TEST_F(AlembicBeside, TakesBackWhatMayThenBeEdited) {
  run_sluice({"upgrade"});
  run_alembic({"downgrade", "81bd07"});
  revision("c40e11", "81bd07", "CREATE TABLE orders (id bigint PRIMARY KEY)", "DROP TABLE orders");
  run_sluice({"upgrade", "81bd07"});
  run_alembic({"upgrade", "head"});
  run_sluice({"upgrade"});
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 up, c40e11 up, c40e11 down, c40e11 adopt");
}

TEST_F(AlembicBeside, IsTakenBackBySluice) {
  run_sluice({"upgrade", "3f2a9c"});
  run_alembic({"upgrade", "head"});
  run_sluice({"downgrade", "3f2a9c", "--yes"});
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 adopt, c40e11 adopt, c40e11 down, 81bd07 down");
  expect_both_at("3f2a9c");
  EXPECT_EQ(world.ask("SELECT count(*) FROM information_schema.columns WHERE table_name = 'users'"), "1");
}

TEST_F(AlembicBeside, MakesABranchAndAMergeThatSluiceAdopts) {
  run_sluice({"upgrade", "81bd07"});
  revision("d5", "3f2a9c", "CREATE TABLE d (id int)", "DROP TABLE d");
  run_alembic({"upgrade", "heads"});
  EXPECT_EQ(world.versions(), "c40e11,d5");
  run_sluice({"upgrade"});
  EXPECT_EQ(journal(), "3f2a9c up, 81bd07 up, c40e11 adopt, d5 adopt");
}

// What another program can't explain stays refused (run-protocol, State).
TEST_F(AlembicBeside, DoesNotExcuseAnEditedFile) {
  run_sluice({"upgrade", "81bd07"});
  run_alembic({"upgrade", "head"});
  world.file("81bd07_r.up.sql", "-- revision: 81bd07\n-- revises: 3f2a9c\nSELECT 1;\n");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("edited after it was applied: 81bd07_r.up.sql"));
}

TEST_F(AlembicBeside, DoesNotExcuseAFileThatCameBelowOurs) {
  run_sluice({"upgrade"});
  revision("a0", "", "CREATE TABLE a0 (id int)", "DROP TABLE a0");
  world.file("3f2a9c_r.up.sql", "-- revision: 3f2a9c\n-- revises: a0\nCREATE TABLE users (id int PRIMARY KEY);\n");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("a0_r.up.sql"));
}

TEST_F(AlembicBeside, MayKnowARevisionThatSluiceDoesNot) {
  run_sluice({"upgrade"});
  revision("e6", "c40e11", "CREATE TABLE e (id int)", "DROP TABLE e");
  run_alembic({"upgrade", "head"});
  world.remove("e6_r.up.sql");
  world.remove("e6_r.down.sql");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("e6"));
}
