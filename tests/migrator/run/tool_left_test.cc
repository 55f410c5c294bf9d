// What a user's tool leaves at work: processes of its own, and sessions in the server (run-protocol, Lock 2 and 3).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

namespace {

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::Program;
using testing::HasSubstr;

class ToolLeft : public testing::Test {
 protected:
  std::string psql(const std::string& sql) const { return "psql -Xqt -d '" + world_.url() + "' -c \"" + sql + "\""; }
  std::string sleeping() const { return psql("SELECT pg_sleep(600)"); }

  /// As `npm run` and the like: a shell that waits for the one that works.
  std::vector<std::string> wrapped(const std::string& script) const {
    return world_.command({"run", "--", "sh", "-c", "sh -c '" + quoted(script) + "'; true"});
  }
  static std::string quoted(const std::string& script) {
    std::string text;
    for (const char c : script) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text;
  }
  std::string sleepers() const {
    return world_.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE "
        "'%pg_sleep(600)%' AND pid <> pg_backend_pid()");
  }
  bool is_at_work() const {
    return support::eventually([this] { return sleepers() == "1"; });
  }

  const MigratorWorld world_ = {};
};

TEST_F(ToolLeft, IsToldToEndWithTheWrapperAroundIt) {
  Program run(wrapped(sleeping()), world_.environment());
  ASSERT_TRUE(is_at_work());
  run.signal(15);
  EXPECT_EQ(run.wait().code, 143);
  EXPECT_TRUE(support::eventually([this] { return sleepers() == "0"; }, 5)) << "it works on beside the next run";
}

TEST_F(ToolLeft, IsToldToEndWithTheWrapperWhenTheLockIsLost) {
  const std::string loses_it = psql(
      "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND "
      "application_name LIKE 'sluice lock%'");
  const Finished run = support::run_program(wrapped(loses_it + "; " + sleeping()), world_.environment());
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_TRUE(support::eventually([this] { return sleepers() == "0"; }, 5)) << "it works on beside the next run";
}

// A part of it that fails ends the whole of it: else going back would have it beside.
TEST_F(ToolLeft, EndsWithTheToolThatFailed) {
  const std::string until_it_works = "until " +
                                     psql("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()") +
                                     " | grep -q 'pg_sleep(600)'; do :; done";
  const Finished run = world_.sluice({"run", "--", "sh", "-c", sleeping() + " & " + until_it_works + "; exit 3"});
  EXPECT_EQ(run.code, 20) << run.out;
  EXPECT_TRUE(support::eventually([this] { return sleepers() == "0"; }, 5)) << "it works on";
}

TEST_F(ToolLeft, IsKilledWhenItDoesNotListen) {
  Program run(wrapped("trap : TERM; echo ready; while :; do sleep 0.1; done"), world_.environment());
  ASSERT_TRUE(run.wait_for_output("ready"));
  run.signal(15);
  ASSERT_TRUE(support::eventually([&] { return !run.is_running(); }, 40)) << "still at work";
  EXPECT_EQ(run.wait().code, 143);
}

// Its server process would go on to the end of its statement, and commit, while the next run has the lock.
TEST_F(ToolLeft, InTheServerByAKilledRunIsEndedByTheServer) {
  Program killed(world_.command({"run", "--", "psql", "-Xq", "-d", world_.url(), "-c", "SELECT pg_sleep(600)"}),
                 world_.environment());
  ASSERT_TRUE(is_at_work());
  killed.signal(9);
  killed.wait();
  const Finished next = world_.sluice({"run", "--lock-wait", "20s", "--", "true"});
  EXPECT_EQ(next.code, 0) << next.out;
  EXPECT_EQ(sleepers(), "0");
}

/// A killed run whose tool goes on: it stood behind a wrapper, which alone dies with the run.
class ToolAlive : public ToolLeft {
 protected:
  ToolAlive() : killed_(wrapped(sleeping()), world_.environment()) {
    EXPECT_TRUE(is_at_work());
    killed_.signal(9);
    killed_.wait();
  }
  ~ToolAlive() override {
    world_.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE "
        "'%pg_sleep(600)%' AND pid <> pg_backend_pid()");
  }
  Program killed_;
};

TEST_F(ToolAlive, IsWaitedForAndNamed) {
  const Finished next = world_.sluice({"run", "--lock-wait", "1s", "--", "true"});
  EXPECT_EQ(next.code, 10) << next.out;
  EXPECT_THAT(last_value(next.out, "message"), HasSubstr("sluice tool"));
  EXPECT_EQ(sleepers(), "1");
}

TEST_F(ToolAlive, IsEndedWhereWhoeverBlocksIsToBeEnded) {
  const Finished next = world_.sluice({"run", "--on-blocked", "terminate", "--lock-timeout", "200ms", "--", "true"});
  EXPECT_EQ(next.code, 0) << next.out;
  EXPECT_EQ(sleepers(), "0");
}

TEST_F(ToolAlive, OfAnotherLedgerIsNotWaitedFor) {
  EXPECT_EQ(world_.sluice({"run", "--lock-wait", "1s", "--ledger", "other", "--", "true"}).code, 0);
}

TEST_F(ToolLeft, SaysItsOwnNameAndOptionsWhereItHasThem) {
  const std::string ask = psql(
      "SELECT application_name || ' ' || current_setting('work_mem') || ' ' || "
      "current_setting('client_connection_check_interval') FROM pg_stat_activity WHERE "
      "pid = pg_backend_pid()");
  const auto said = [&](const std::vector<std::string>& environment) {
    return world_.sluice({"run", "--", "sh", "-c", ask}, environment).out;
  };
  EXPECT_THAT(said({"PGAPPNAME=mine", "PGOPTIONS=-c work_mem=5MB"}), HasSubstr("\" mine 5MB 1s\""));
  EXPECT_THAT(said({"PGAPPNAME=mine", "PGOPTIONS=-c client_connection_check_interval=3s"}), HasSubstr("4MB 3s\""));
  EXPECT_THAT(said({"PGAPPNAME=mine", "PGOPTIONS="}), HasSubstr("4MB 0\""));
}

// guides S13
TEST_F(ToolLeft, HasNoSecretThatItDoesNotNeed) {
  const std::string maintenance =
      world_.url() + (world_.url().find('?') == std::string::npos ? "?" : "&") + "password=m41ntenance";
  const Finished run = world_.sluice({"run", "--", "sh", "-c", "env; echo of m41ntenance"},
                                     {"SLUICE_MAINTENANCE_URL=" + maintenance, "SLUICE_GATE_TOKEN=g4te"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("SLUICE_DATABASE_URL="), HasSubstr("of ***")));
  EXPECT_THAT(run.out, AllOf(Not(HasSubstr("m41ntenance")), Not(HasSubstr("SLUICE_MAINTENANCE_URL")),
                             Not(HasSubstr("SLUICE_GATE_TOKEN"))));
}

// guides S13
TEST_F(ToolLeft, ShowsNoRowsOfAnError) {
  const std::string fails =
      psql("CREATE TABLE users(mail text UNIQUE); INSERT INTO users VALUES ('marked'), ('marked')");
  const Finished run = world_.sluice({"run", "--", "sh", "-c", fails});
  EXPECT_EQ(run.code, 20) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("users_mail_key"), Not(HasSubstr("marked")), HasSubstr("withheld")));
}

}  // namespace
