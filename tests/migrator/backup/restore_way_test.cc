// Which of the two ways of restoring is taken, and when one is refused (run-protocol, Going back 2).
#include "migrator/backup/restore.h"

#include <gmock/gmock.h>

#include "tests/migrator/backup/restoring.h"

namespace backup {
namespace {

using support::PostgresServer;
using ::testing::HasSubstr;

/// A ledger is made in the database, and a backup of it.
RestoreRequest back_from_new_ledger(const std::string& url, const std::string& folder) {
  PostgresServer::psql(
      url, "create table alembic_version (version_num text); insert into alembic_version values ('3f2a9c')");
  Request wanted;
  wanted.folder = folder;
  wanted.read_heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
  wanted.ledger = "public.alembic_version";
  RestoreRequest back;
  back.from = make(target_of(url), wanted);
  return back;
}

TEST_F(Restoring, TakesTheWayInPlaceWhereALogicalSlotStandsAgainstASwap) {
  const auto server = PostgresServer::start({"wal_level = logical"});
  const std::string url = server->new_database();
  const support::TemporaryFolder folder;
  const RestoreRequest back = back_from_new_ledger(url, folder.path());
  PostgresServer::psql(url, "select pg_create_logical_replication_slot('s', 'pgoutput'); create table late (id int)");
  EXPECT_EQ(restore(target_of(url), back).method, Method::kInPlace);
  EXPECT_EQ(PostgresServer::psql(url, "select to_regclass('late') is null"), "t");
}

// A label of the database itself would be lost in a swap. No provider comes with Debian: the row is made by hand.
TEST_F(Restoring, TakesTheWayInPlaceWhereTheDatabaseHasASecurityLabel) {
  const auto server = PostgresServer::start({"allow_system_table_mods = on"});
  const std::string url = server->new_database();
  const support::TemporaryFolder folder;
  const RestoreRequest back = back_from_new_ledger(url, folder.path());
  PostgresServer::psql(url,
                       "insert into pg_shseclabel select oid, 'pg_database'::regclass, 'nobody', 'secret' from "
                       "pg_database where datname = current_database(); create table late (id int)");
  EXPECT_EQ(restore(target_of(url), back).method, Method::kInPlace);
  EXPECT_EQ(PostgresServer::psql(url, "select to_regclass('late') is null"), "t");
  EXPECT_EQ(PostgresServer::psql(url, "select label from pg_shseclabel"), "secret");
}

class AsOrdinaryRole : public Restoring {
 protected:
  RestoreRequest back_from(const std::string& url) {
    Request wanted;
    wanted.folder = folder_.path();
    wanted.read_heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
    wanted.ledger = "public.alembic_version";
    RestoreRequest back;
    back.from = make(target_of(url), wanted);
    back.run = "r1";
    return back;
  }
  support::TemporaryFolder folder_;
};

TEST_F(AsOrdinaryRole, SwapsWithTheRightToCreateDatabases) {
  const std::string url = world_.migrated_owned_by("creator", "createdb");
  const RestoreRequest back = back_from(url);
  PostgresServer::psql(url, "create table late (id int); delete from users");
  EXPECT_EQ(restore(target_of(url), back).method, Method::kSwap);
  EXPECT_EQ(PostgresServer::psql(url, "select count(*) from users"), "100");
}

TEST_F(AsOrdinaryRole, RestoresInPlaceWithoutIt) {
  const std::string url = world_.migrated_owned_by("owner", "nocreatedb");
  const RestoreRequest back = back_from(url);
  PostgresServer::psql(url, "create table late (id int references users); delete from users");
  EXPECT_EQ(restore(target_of(url), back).method, Method::kInPlace);
  EXPECT_EQ(PostgresServer::psql(url, "select count(*), to_regclass('late') is null from users"), "100|t");
}

TEST_F(AsOrdinaryRole, IsRefusedInPlaceWhereOthersOwnSomething) {
  const std::string url = world_.migrated_owned_by("tenant", "nocreatedb");
  const RestoreRequest back = back_from(url);
  PostgresServer::psql(PostgresServer::shared().url(target_of(url).database()), "create table theirs (id int)");
  EXPECT_THAT(failure(url, back), HasSubstr("objects in it belong to roles"));
  postgres::Session session = postgres::Session::open(target_of(url));
  EXPECT_TRUE(support::eventually([&] { return !is_unfinished(session, target_of(url).database()); }));
}

TEST_F(AsOrdinaryRole, IsRefusedASwapThatWasAskedForWithTheReason) {
  const std::string url = world_.migrated_owned_by("owner", "nocreatedb");
  RestoreRequest back = back_from(url);
  back.method = Method::kSwap;
  EXPECT_THAT(failure(url, back), HasSubstr("is not its owner with CREATEDB"));
}

TEST_F(Restoring, InPlaceIsRefusedWhereTheServerHasNoRoomForTheLocks) {
  const auto server = PostgresServer::start({"max_locks_per_transaction = 10", "max_connections = 20"});
  const std::string url = server->new_database();
  PostgresServer::psql(url,
                       "create table alembic_version (version_num text); insert into alembic_version values ('3f2a9c');"
                       "do $$begin for n in 1..60 loop execute format('create table t%s (id int primary key)', n); "
                       "end loop; end$$");
  RestoreRequest back;
  back.method = Method::kInPlace;
  const support::TemporaryFolder folder;
  Request wanted;
  wanted.folder = folder.path();
  back.from = make(target_of(url), wanted);
  EXPECT_THAT(failure(url, back), HasSubstr("set max_locks_per_transaction to at least"));
}

}  // namespace
}  // namespace backup
