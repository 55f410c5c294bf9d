// --sql prints exactly what a run would send (guides E7): by psql the same comes out, and in the server's log stands
// the same.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using support::PostgresServer;
using testing::HasSubstr;

namespace {

const char* const kRows =
    "SELECT ledger, revision, direction, checksum, statements_total, statements_applied, result, error, applied_by,"
    " tool_version, backup, applied_checksum, finished_at IS NOT NULL FROM sluice.sluice_journal ORDER BY id";
const char* const kRuns =
    "SELECT ledger, digest, target, phase, heads, result, exit_code, applied_by, tool_version, backup,"
    " finished_at IS NOT NULL FROM sluice.sluice_run ORDER BY id";

/// All that a run does otherwise for one file than for the next.
void many_kinds(const MigratorWorld& world) {
  world.tables(2);
  world.revision(3, "COPY t1 FROM STDIN;\n7\tseven\n8\teight\n\\.\nCOPY t2 FROM STDIN;\n\\.\n");
  world.revision(4, "BEGIN;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\nCOMMIT;\n");
  world.revision(5, "SET search_path = pg_temp, public; CREATE TABLE public.t5(id int) -- no newline");
  world.revision(6, "CREATE INDEX CONCURRENTLY t1_note ON t1(note);\n");
  world.revision(7,
                 "CREATE TYPE public.mood AS ENUM ('low');\nSET standard_conforming_strings = off;\n"
                 "INSERT INTO t1 VALUES (9, 'a\\'b');\n");
  world.revision(8, "BEGIN ISOLATION LEVEL SERIALIZABLE;\nINSERT INTO t1 VALUES (10, 'it''s');\nEND;\n",
                 "DELETE FROM t1 WHERE id = 10;\n");
}

/// A database as this one is now, in a world with the same files.
std::string twin_of(const MigratorWorld& world) {
  static int number = 0;
  const std::string name = "twin_" + std::to_string(++number);
  const std::size_t start = world.url().find("@/") + 2;
  const std::string database = world.url().substr(start, world.url().find('?') - start);
  PostgresServer::psql(world.server().url("postgres"), "CREATE DATABASE " + name + " TEMPLATE " + database);
  return world.server().url(name);
}

void expect_same(const MigratorWorld& world, const std::string& twin) {
  EXPECT_EQ(PostgresServer::schema(twin), world.schema());
  for (const char* const query : {kRows, kRuns, "SELECT * FROM alembic_version", "SELECT * FROM t1 ORDER BY id"})
    EXPECT_EQ(PostgresServer::psql(twin, query), world.ask(query)) << query;
}

void run_by_psql(const MigratorWorld& world, const std::string& text, const std::string& url) {
  world.file("../preview.sql", text);
  ASSERT_NO_THROW(PostgresServer::psql_file(url, world.folder() + "/preview.sql"));
}

/// What psql makes of the print, and upgrade of the database, are the same.
void expect_that_psql_does_what_a_run_does(const MigratorWorld& world, const std::vector<std::string>& words) {
  const std::string twin = twin_of(world);
  std::vector<std::string> printing = words;
  printing.push_back("--sql");
  const Finished sql = world.sluice(printing);
  ASSERT_EQ(sql.code, 0) << sql.err;
  run_by_psql(world, sql.out, twin);
  const Finished ran = world.sluice(words);
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_same(world, twin);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// The messages of the print, as they would be sent: without comments over them and what only psql needs.
std::vector<std::string> printed_messages(const std::string& text) {
  std::vector<std::string> messages;
  std::istringstream lines(text);
  bool in_message = false, skip_end = false;
  for (std::string line; std::getline(lines, line);) {
    const bool opens = line.rfind("-- message ", 0) == 0;
    if (opens) messages.emplace_back();
    in_message = (in_message || opens) && !line.empty();
    if (!in_message || line.rfind("-- ", 0) == 0) continue;
    const bool only_psql = line.find("-- for one session alone") != std::string::npos;
    if (!only_psql && !(skip_end && line == ";")) messages.back() += line == ";" ? ";" : line + "\n";
    skip_end = only_psql;
  }
  return messages;
}

/// Messages that the application of this name sent to a server with log_statement = all, in order.
std::vector<std::string> logged_messages(const std::string& log, const std::string& application) {
  std::vector<std::string> messages;
  std::istringstream lines(log);
  bool ours = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind('\t', 0) == 0) {
      if (ours) messages.back() += "\n" + line.substr(1);
      continue;
    }
    const std::string mark = "|" + application + "|LOG:  statement: ";
    const std::size_t at = line.find(mark);
    ours = at != std::string::npos;
    if (ours) messages.push_back(line.substr(at + mark.size()));
  }
  return messages;
}

std::string first_match(const std::string& text, const std::string& pattern) {
  std::smatch found;
  return std::regex_search(text, found, std::regex(pattern)) ? found[1].str() : "";
}

}  // namespace

TEST(Sql, WritesNothingToTheDatabase) {
  const MigratorWorld world;
  world.tables(2);
  const Finished sql = world.sluice({"upgrade", "--sql"});
  EXPECT_EQ(sql.code, 0) << sql.err;
  EXPECT_THAT(sql.out, HasSubstr("alembic_version"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
}

// A dry run that marked a version, or made the table it would be marked in, has been seen elsewhere.
TEST(DryRun, LeavesADatabaseByteByByteAsItWas) {
  const MigratorWorld world;
  world.tables(3);
  const std::vector<std::vector<std::string>> verbs = {
      {"upgrade", "--sql"},         {"plan"},        {"survey"}, {"current"}, {"history"}, {"heads"},
      {"downgrade", "-1", "--sql"}, {"show", "001"}, {"check"}};
  const auto all = [&] {
    const Finished dump = support::run_program({"pg_dump", "--dbname", world.url()});
    EXPECT_EQ(dump.code, 0) << dump.err;
    return std::regex_replace(dump.out, std::regex(R"(\\(un)?restrict \S+)"), "");  // a new key each time
  };
  for (const char* const applied : {"", "002"}) {
    if (*applied != '\0') {
      ASSERT_EQ(world.sluice({"upgrade", applied}).code, 0);
    }
    const std::string before = all();
    for (const auto& verb : verbs) {
      static_cast<void>(world.sluice(verb));
      EXPECT_EQ(all(), before) << verb[0] << " at " << applied;
    }
  }
}

TEST(Sql, DoesByPsqlWhatUpgradeDoesToAnEmptyDatabase) {
  const MigratorWorld world;
  many_kinds(world);
  expect_that_psql_does_what_a_run_does(world, {"upgrade"});
}

TEST(Sql, DoesByPsqlWhatUpgradeDoesAfterAnEarlierRun) {
  const MigratorWorld world;
  many_kinds(world);
  ASSERT_EQ(world.sluice({"upgrade", "003"}).code, 0);
  expect_that_psql_does_what_a_run_does(world, {"upgrade"});
}

TEST(Sql, DoesByPsqlWhatUpgradeDoesInOneTransaction) {
  const MigratorWorld world;
  world.tables(3);
  expect_that_psql_does_what_a_run_does(world, {"upgrade", "--transaction", "all"});
}

TEST(Sql, DoesByPsqlWhatDowngradeDoes) {
  const MigratorWorld world;
  many_kinds(world);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  expect_that_psql_does_what_a_run_does(world, {"downgrade", "-1", "--yes"});
}

// A failed build left an invalid index and a half-done step: it is dropped, and the attempt closed.
TEST(Sql, DoesByPsqlWhatUpgradeDoesAfterAHalfDoneStep) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "INSERT INTO t1 VALUES (2, 'x');\n");
  world.revision(3, "CREATE UNIQUE INDEX CONCURRENTLY t1_unique ON t1(note);\n");
  ASSERT_EQ(world.sluice({"upgrade"}).code, 22);
  world.ask("DELETE FROM t1 WHERE id = 2");
  expect_that_psql_does_what_a_run_does(world, {"upgrade"});
}

// A broken REINDEX of a table leaves one invalid copy an index, and each is found by itself.
TEST(Sql, DropsByPsqlEveryLeftOverOfAReindex) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  for (const char* const name : {"t1_a_ccnew", "t1_b_ccnew"}) {
    world.ask("INSERT INTO t1 VALUES (2, 'x'), (3, 'x')");
    EXPECT_ANY_THROW(world.ask("CREATE UNIQUE INDEX CONCURRENTLY " + std::string(name) + " ON t1(note)"));
    world.ask("DELETE FROM t1 WHERE id > 1");
  }
  world.revision(2, "REINDEX TABLE CONCURRENTLY t1;\n");
  expect_that_psql_does_what_a_run_does(world, {"upgrade"});
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
}

TEST(Sql, SaysWhenThereIsNothingToDo) {
  const MigratorWorld world;
  world.tables(1);
  world.sluice({"upgrade"});
  EXPECT_THAT(world.sluice({"upgrade", "--sql"}).out, testing::StartsWith("-- Nothing to do"));
}

TEST(Sql, PrintsTheVeryMessagesThatARunSends) {
  const auto server = PostgresServer::start(
      {"log_statement = all", "logging_collector = on", "log_filename = 'all.log'", "log_line_prefix = '|%a|'"});
  const MigratorWorld world(*server);
  many_kinds(world);
  world.remove("003_step.up.sql");  // rows of a COPY aren't logged
  const std::string printed = world.sluice({"upgrade", "--sql"}).out;
  const Finished ran = world.sluice({"upgrade"});
  ASSERT_EQ(ran.code, 0) << ran.out;

  std::string log;
  const auto is_whole = [&] {
    std::ostringstream all;
    all << std::ifstream(server->data_folder() + "/log/all.log").rdbuf();
    log = all.str();
    return logged_messages(log, "sluice apply").size() >= printed_messages(printed).size();
  };
  ASSERT_TRUE(support::eventually(is_whole)) << log;
  log = replaced(log, support::last_value(ran.out, "run"), first_match(printed, "its id \\(here ([^)]*)\\)"));
  log = replaced(log, "l.pid = " + first_match(log, "l\\.pid = ([0-9]+)"), "l.pid = pg_catalog.pg_backend_pid()");
  log = replaced(log, "l.database = " + world.ask("SELECT oid FROM pg_database WHERE datname = current_database()"),
                 "l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ="
                 " pg_catalog.current_database())");
  EXPECT_EQ(printed_messages(printed), logged_messages(log, "sluice apply"));
  const std::vector<std::string> locks = logged_messages(log, "sluice lock");
  for (const std::string& sent : locks) {
    const bool reads = sent.rfind("SELECT", 0) == 0;
    EXPECT_TRUE(reads || printed.find(sent) != std::string::npos) << sent;
  }
}

TEST(Sql, NeedsNoDatabaseForARange) {
  const MigratorWorld world;
  world.tables(3);
  const Finished sql =
      world.sluice({"upgrade", "001:003", "--sql"}, {"SLUICE_DATABASE_URL=postgresql://nobody@127.0.0.1:1/x"});
  EXPECT_EQ(sql.code, 0) << sql.err;
  EXPECT_THAT(sql.out, HasSubstr("CREATE TABLE t2"));
  EXPECT_THAT(sql.out, Not(HasSubstr("CREATE TABLE t1")));
}

TEST(Sql, OfARangeFromBaseMakesByPsqlAWholeDatabase) {
  const MigratorWorld world;
  many_kinds(world);
  run_by_psql(world, world.sluice({"upgrade", "base:heads", "--sql"}).out, world.url());
  EXPECT_EQ(world.versions(), "008");
  const Finished next = world.sluice({"upgrade"});
  EXPECT_THAT(next.out, HasSubstr("nothing to do"));
}
