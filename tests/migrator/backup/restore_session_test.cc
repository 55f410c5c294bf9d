// What a restore finds in its way: timeouts of the role it connects as, and the intent of another restore in the
// backup.
#include <gmock/gmock.h>

#include "migrator/backup/sha256.h"
#include "tests/migrator/backup/restoring.h"

namespace backup {
namespace {

using support::PostgresServer;

class RestoreSession : public Restoring, public testing::WithParamInterface<Method> {
 protected:
  RestoreRequest back_from(const std::string& url) const {
    Request wanted;
    wanted.folder = folder_.path();
    wanted.read_heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
    wanted.ledger = "public.alembic_version";
    RestoreRequest back;
    back.from = make(target_of(url), wanted);
    back.method = GetParam();
    back.run = "r1";
    return back;
  }
  support::TemporaryFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Way, RestoreSession, testing::Values(Method::kSwap, Method::kInPlace),
                         [](const auto& each) { return each.param == Method::kSwap ? "Swap" : "InPlace"; });

TEST_P(RestoreSession, IsNotEndedByTheTimeoutsOfItsRole) {
  const std::string role = GetParam() == Method::kSwap ? "hasty_swapper" : "hasty_owner";
  const std::string url = world_.migrated_owned_by(role, "createdb");
  const RestoreRequest back = back_from(url);
  PostgresServer::psql(url, "delete from users");
  maintenance("alter role " + role + " set statement_timeout = '1ms'; alter role " + role +
              " set lock_timeout = '1ms'; alter role " + role + " set idle_in_transaction_session_timeout = '1ms'");
  EXPECT_EQ(restore(target_of(url), back).method, GetParam());
  const std::string as_superuser = PostgresServer::shared().url(target_of(url).database());
  EXPECT_EQ(PostgresServer::psql(as_superuser, "select count(*) from users"), "100");
}

// Backups of older versions: they were made with what a restore had left behind.
TEST_P(RestoreSession, LeavesNoIntentThatCameWithTheBackup) {
  const std::string role = GetParam() == Method::kSwap ? "intended_swapper" : "intended_owner";
  const std::string url = world_.migrated_owned_by(role, "createdb");
  RestoreRequest back = back_from(url);
  PostgresServer::psql(url, "create table sluice_restore (document text); insert into sluice_restore values ('{}')");
  support::run_program({"pg_dump", "--format=custom", "--file=" + back.from.path(), "--dbname=" + url});
  back.from.sha256 = sha256_of_file(back.from.path());
  restore(target_of(url), back);
  EXPECT_EQ(PostgresServer::psql(url, "select to_regclass('sluice_restore') is null"), "t");
  EXPECT_EQ(PostgresServer::psql(url, "select count(*) from users"), "100");
}

}  // namespace
}  // namespace backup
