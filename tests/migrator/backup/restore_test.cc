// Going back by a backup: the database is as it was (run-protocol, Going back; guides S2).
#include "migrator/backup/restore.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "common/error.h"
#include "migrator/backup/database_settings.h"
#include "tests/migrator/backup/restoring.h"
#include "tests/support/pair_writer.h"

namespace backup {
namespace {

using support::PairWriter;
using support::PostgresServer;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class EitherWay : public Restoring, public testing::WithParamInterface<Method> {};
INSTANTIATE_TEST_SUITE_P(Method, EitherWay, testing::Values(Method::kSwap, Method::kInPlace),
                         [](const auto& each) { return each.param == Method::kSwap ? "Swap" : "InPlace"; });

TEST_P(EitherWay, BringsBackEveryRowAndEveryObject) {
  const std::string url = world_.migrated();
  const Restored restored = restore(target_of(url), request(GetParam()));
  EXPECT_EQ(RestoreWorld::state(url), world_.state_as_of_backup());
  EXPECT_THAT(restored.heads, ElementsAre("3f2a9c"));
  EXPECT_EQ(restored.method, GetParam());
}

TEST_P(EitherWay, WritesTheRunsJournalAgain) {
  const std::string url = world_.migrated();
  restore(target_of(url), request(GetParam()));
  EXPECT_EQ(PostgresServer::psql(url, "select what from journal.said"), "restored");
}

TEST_P(EitherWay, LetsTheFixedMigrationGoThroughAfterwards) {
  const std::string url = world_.migrated();
  RestoreRequest without_journal = request(GetParam());
  without_journal.after_sql.clear();
  restore(target_of(url), without_journal);
  PostgresServer::psql(url, "create extension pg_trgm; create schema billing; create table late (id int)");
  EXPECT_EQ(PostgresServer::psql(url, "select count(*) from users"), "500");
}

TEST_P(EitherWay, RefusesADamagedBackupAndChangesNothing) {
  const std::string url = world_.migrated();
  const std::string state = RestoreWorld::state(url);
  RestoreRequest damaged = request(GetParam());
  damaged.from.sha256[0] = damaged.from.sha256[0] == '0' ? '1' : '0';
  EXPECT_THAT(failure(url, damaged), HasSubstr("SHA-256"));
  EXPECT_EQ(RestoreWorld::state(url), state);
}

TEST_P(EitherWay, RefusesABackupWithoutRows) {
  RestoreRequest schema_only = request(GetParam());
  schema_only.from.mode = "schema";
  EXPECT_THAT(failure(world_.migrated(), schema_only), HasSubstr("without rows"));
}

TEST_P(EitherWay, ChangesNothingWhenTheLedgerIsNotTheBackups) {
  const std::string url = world_.migrated();
  const std::string state = RestoreWorld::state(url);
  RestoreRequest other = request(GetParam());
  other.from.heads = {"other"};
  EXPECT_THAT(failure(url, other), HasSubstr("the backup says other"));
  EXPECT_EQ(RestoreWorld::state(url), state);
  EXPECT_EQ(world_.database_names_like(url), target_of(url).database());
}

TEST_P(EitherWay, ChangesNothingWhenAfterSqlFails) {
  const std::string url = world_.migrated();
  const std::string state = RestoreWorld::state(url);
  RestoreRequest wrong = request(GetParam());
  wrong.after_sql = "select 1 / 0";
  EXPECT_THAT(failure(url, wrong), HasSubstr("division by zero"));
  EXPECT_EQ(RestoreWorld::state(url), state);
}

TEST_P(EitherWay, LeavesNothingUnfinished) {
  const std::string url = world_.migrated();
  restore(target_of(url), request(GetParam()));
  postgres::Session session = postgres::Session::open(target_of(url));
  // A backend gives up its locks a moment after its client has gone.
  EXPECT_TRUE(support::eventually([&] { return !is_unfinished(session, target_of(url).database()); }));
  EXPECT_FALSE(continue_unfinished(target_of(url), request(Method::kAuto)).restored.has_value());
}

// run-protocol, Going back 4: pg_restore 17 sets what servers before 17 don't know
TEST_P(EitherWay, LeavesOutWhatAnOlderServerDoesNotKnow) {
  const std::string url = world_.migrated();
  const support::TemporaryFolder folder;
  const std::string script = folder.write("pg_restore",
                                          "#!/bin/sh\ncase \"$1\" in --list|--version) exec pg_restore \"$@\";; esac\n"
                                          "echo 'SET transaction_timeout = 0;'\nexec pg_restore \"$@\"\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  RestoreRequest newer = request(GetParam());
  newer.pg_bin = folder.path();
  restore(target_of(url), newer);
  EXPECT_EQ(RestoreWorld::state(url), world_.state_as_of_backup());
}

TEST_P(EitherWay, CanBeSeenInAPreflight) {
  EXPECT_EQ(restore_obstacle(target_of(world_.migrated()), request(GetParam())), std::nullopt);
}

// The application goes on writing: nothing of it may end up half in the old and half in the new database, and what it
// writes from then on is kept.
TEST_P(EitherWay, WorksWhileAnotherApplicationWrites) {
  const std::string url = world_.migrated();
  PairWriter::make_tables(url);
  const support::TemporaryFolder folder;
  RestoreRequest back = request(GetParam());
  const auto heads = [](auto&) { return std::vector<std::string>{"bad000"}; };
  back.from = make(target_of(url), {.folder = folder.path(), .ledger = "public.alembic_version", .read_heads = heads});
  PairWriter writer(url);
  ASSERT_TRUE(writer.goes_on());
  const Restored restored = restore(target_of(url), back);
  EXPECT_EQ(restored.method, GetParam());
  ASSERT_TRUE(writer.goes_on());
  EXPECT_THAT(writer.fate(), MatchesRegex("kept 1, lost [0-9]{2,}, kept [0-9]{2,}"));
  if (restored.old_database.empty()) return;
  EXPECT_THAT(PairWriter::pairs(PostgresServer::shared().url(restored.old_database)), SizeIs(Gt(20u)));
}

TEST_F(Restoring, BySwapKeepsTheOldDatabaseUnderItsOwnName) {
  const std::string url = world_.migrated();
  const std::string name = target_of(url).database();
  const Restored restored = restore(target_of(url), request(Method::kSwap));
  EXPECT_EQ(restored.old_database, name + "_before_r1");
  EXPECT_EQ(PostgresServer::psql(PostgresServer::shared().url(restored.old_database),
                                 "select version_num from alembic_version"),
            "bad000");
}

// run-protocol, Going back 2: all of these are lost otherwise
TEST_F(Restoring, BySwapKeepsWhatBelongsToTheDatabaseItself) {
  const std::string url = world_.migrated();
  const std::string name = target_of(url).database();
  maintenance("create role reader_of_" + name + "; alter database " + name +
              " set search_path = \"$user\", app, \"Odd Name\"; alter database " + name +
              " set work_mem = '5MB'; alter role reader_of_" + name + " in database " + name +
              " set statement_timeout = '7s'; revoke connect on database " + name +
              " from public; grant connect, temp on "
              "database " +
              name + " to reader_of_" + name + " with grant option; alter database " + name +
              " connection limit 33; comment on database " + name + " is 'our; own ''comment'''");
  const std::string question =
      "select datacl::text || datconnlimit || shobj_description(oid, 'pg_database') || pg_get_userbyid(datdba) || "
      "(select string_agg(setrole || setconfig::text, ';' order by setrole) from pg_db_role_setting where setdatabase "
      "= "
      "d.oid) from pg_database d where datname = '" +
      name + "'";
  const std::string before = maintenance(question);
  restore(target_of(url), request(Method::kSwap));
  EXPECT_EQ(maintenance(question), before);
  EXPECT_THAT(before, HasSubstr("Odd Name"));
}

TEST_F(Restoring, DropsOldDatabasesBeyondTheNumberToKeep) {
  const std::string url = world_.migrated();
  RestoreRequest first = request(Method::kSwap), second = request(Method::kSwap);
  second.run = "r2";
  restore(target_of(url), first);
  restore(target_of(url), second);
  EXPECT_THAT(drop_old_databases(target_of(url), first, 1), ElementsAre(target_of(url).database() + "_before_r1"));
  EXPECT_THAT(world_.database_names_like(url), HasSubstr("_before_r2"));
}

TEST_F(Restoring, CancelledCanBeContinued) {
  const std::string url = world_.migrated();
  RestoreRequest cancelled = request(Method::kInPlace);
  cancelled.cancelled = [] { return true; };
  EXPECT_THROW(restore(target_of(url), cancelled), TransientError);
  const std::optional<Restored> restored = continue_unfinished(target_of(url), RestoreRequest()).restored;
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(RestoreWorld::state(url), world_.state_as_of_backup());
}

TEST_F(Restoring, CountsWhatOthersWroteSince) {
  const std::string url = world_.migrated();
  postgres::Session session = postgres::Session::open(target_of(url));
  const std::int64_t before = count_writes(session).tuples;
  PostgresServer::psql(url, "insert into users (name) select 'late ' || n from generate_series(1, 10) n");
  EXPECT_TRUE(support::eventually([&] { return count_writes(session).tuples == before + 10; }));
}

TEST(DatabaseSettings, ListsKeepTheirQuotesPerItem) {
  EXPECT_EQ(set_sql("ALTER DATABASE \"d\"", "search_path=\"$user\", public, \"a,\"\"b\""),
            "ALTER DATABASE \"d\" SET \"search_path\" TO '$user', 'public', 'a,\"b'");
  EXPECT_EQ(set_sql("ALTER DATABASE \"d\"", "app.name=it's"), "ALTER DATABASE \"d\" SET \"app\".\"name\" TO 'it''s'");
}

}  // namespace
}  // namespace backup
