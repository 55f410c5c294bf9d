// A database that can't be asked says neither yes nor no: what is good must not be taken back for it.
#include <gmock/gmock.h>

#include "migrator/checks/check.h"
#include "tests/support/postgres_server.h"

namespace checks {
namespace {

using std::chrono::milliseconds;
using support::PostgresServer;
using ::testing::HasSubstr;

/// A role that has no connection left.
class UnansweredChecks : public testing::Test {
 protected:
  UnansweredChecks() { PostgresServer::psql(url_, limit("0")); }
  std::string limit(const std::string& most) const { return "alter role \"" + role_ + "\" connection limit " + most; }
  Outcome ask(spec::Check check, milliseconds timeout) const {
    check.name = "c";
    check.timeout = timeout;
    check.interval = milliseconds(10);
    return run(check,
               {.database = &target_, .read_heads = [](postgres::Session&) { return std::vector<std::string>(); }});
  }

  std::string url_ = PostgresServer::shared().new_database();
  std::string role_ = "checker_of_" + postgres::Target::parse(url_).database();
  postgres::Target target_ = postgres::Target::parse(PostgresServer::shared().url_as(url_, role_, "x"));
};

TEST_F(UnansweredChecks, HaveNotFailed) {
  for (const spec::Check& each :
       {spec::Check{.sql = "select true"}, spec::Check{.tables = {"pg_class"}}, spec::Check{.heads = {"a"}}}) {
    const Outcome outcome = ask(each, milliseconds(1000));
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.no_answer, report::ExitCode::kNotNow);
    EXPECT_THAT(outcome.reason, HasSubstr("53300"));
    EXPECT_EQ(outcome.attempts, 0);
  }
}

TEST_F(UnansweredChecks, AreAskedAgainWithinTheirTime) {
  support::Program late({"psql", "-Xq", "-d", url_, "-c", "select pg_sleep(0.3)", "-c", limit("-1")});
  const Outcome outcome = ask({.sql = "select true"}, milliseconds(20000));
  EXPECT_TRUE(outcome.passed) << outcome.reason;
  EXPECT_EQ(outcome.no_answer, std::nullopt);
  EXPECT_EQ(outcome.attempts, 1);
}

TEST_F(UnansweredChecks, AreAlsoThoseWhoseSessionIsEnded) {
  PostgresServer::psql(url_, limit("-1"));
  const Outcome outcome = ask({.sql = "select pg_terminate_backend(pg_backend_pid())"}, milliseconds(1000));
  EXPECT_EQ(outcome.no_answer, report::ExitCode::kNotNow) << outcome.reason;
}

TEST_F(UnansweredChecks, AreNotThoseThatMayNotLookOrTakeTooLong) {
  PostgresServer::psql(url_, limit("-1") + "; create table secret (id int)");
  EXPECT_EQ(ask({.sql = "select true from secret"}, milliseconds(10000)).no_answer, std::nullopt);
  const Outcome slow = ask({.sql = "select pg_sleep(30) is null"}, milliseconds(2000));
  EXPECT_EQ(slow.reason, "no answer in time");
  EXPECT_EQ(slow.no_answer, std::nullopt);
}

}  // namespace
}  // namespace checks
