// A backup that fails because of what passes ends with 10, which is tried again (run-protocol, Exit codes).
#include <gmock/gmock.h>

#include <future>

#include "common/error.h"
#include "migrator/backup/backup.h"
#include "tests/support/postgres_server.h"

namespace backup {
namespace {

using support::PostgresServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PassingTrouble : public testing::Test {
 protected:
  explicit PassingTrouble(PostgresServer& server = PostgresServer::shared()) : url_(server.new_database()) {
    PostgresServer::psql(url_, "create table users (id int)");
    request_.folder = folder_.path() + "/backups";
    request_.ledger = "public.alembic_version";
  }
  /// What make() ends with, as "CODE: MESSAGE".
  std::string failure() const {
    try {
      make(postgres::Target::parse(url_), request_);
    } catch (const Error& error) {
      EXPECT_THAT(list(request_.folder), IsEmpty());
      return std::to_string(static_cast<int>(error.code)) + ": " + error.what();
    }
    return "none";
  }
  /// The same, of a backup that waits for a table somebody holds, when that was done to it.
  std::string failure_after(const std::function<void()>& what_happens) {
    support::Program holder({"psql", "-Xq", "-d", url_, "-c", "begin; lock table users; select pg_sleep(600)"});
    const auto count = [this](const std::string& where) {
      return PostgresServer::psql(url_,
                                  "select count(*) from pg_locks where relation = 'users'::regclass and " + where);
    };
    EXPECT_TRUE(support::eventually([&] { return count("granted") == "1"; }));
    auto failed = std::async(std::launch::async, [this] { return failure(); });
    EXPECT_TRUE(support::eventually([&] { return count("not granted") == "1"; }));
    what_happens();
    return failed.get();
  }

  std::string url_;
  support::TemporaryFolder folder_;
  Request request_;
};

class ServerOfItsOwn {
 protected:
  std::unique_ptr<PostgresServer> server_ = PostgresServer::start();
};
class ServerThatStops : protected ServerOfItsOwn, public PassingTrouble {
 protected:
  ServerThatStops() : PassingTrouble(*server_) {}
};

TEST_F(ServerThatStops, EndsTheBackupNotNow) {
  EXPECT_THAT(failure_after([this] { server_->stop_immediate(); }),
              AllOf(HasSubstr("10: "), HasSubstr("nothing was changed")));
  EXPECT_THAT(failure(), HasSubstr("10: connect to"));
}

TEST_F(PassingTrouble, IsThatSomebodyEndsTheDumpsSession) {
  const std::string end =
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sluice backup' and"
      " datname = current_database() and wait_event_type = 'Lock'";
  EXPECT_THAT(failure_after([&] { PostgresServer::psql(url_, end); }), HasSubstr("10: "));
}

TEST_F(PassingTrouble, IsALockThatIsNotGivenUpInTime) {
  request_.lock_wait = std::chrono::milliseconds(3000);
  EXPECT_THAT(failure_after([] {}), AllOf(HasSubstr("10: "), HasSubstr("canceling statement")));
}

// 53300, which pg_dump doesn't tell: our own connection beside it does.
TEST_F(PassingTrouble, IsThatTheRoleHasNoConnectionLeft) {
  const std::string role = "one_of_" + postgres::Target::parse(url_).database(), as_superuser = url_;
  url_ = PostgresServer::shared().url_as(url_, role, "x");
  PostgresServer::psql(as_superuser, "alter role \"" + role + "\" connection limit 1");
  EXPECT_THAT(failure(), AllOf(HasSubstr("10: connect to"), HasSubstr("53300")));
}

}  // namespace
}  // namespace backup
