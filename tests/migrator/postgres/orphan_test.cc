// kill -9 of the client: its lock session is gone at once, its apply backend goes on for a while.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

using std::chrono_literals::operator""s;

class Orphan : public ApplyFixture {
 protected:
  Orphan() { lock.reset(); }

  /// Another process that runs this step until it is killed in the middle of it.
  void kill_in_the_middle_of(const std::string& sql) {
    const pid_t child = fork();
    if (child == 0) {
      postgres::RunLock own = postgres::RunLock::acquire(target, keys, {});
      Applier doing(target, keys, own, {});
      static_cast<void>(doing.apply(step("orphan", sql)));
      _exit(0);
    }
    EXPECT_TRUE(support::eventually(
        [&] { return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"; }));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
};

// run-protocol, Lock 2
TEST_F(Orphan, NeverWorksBesideTheNextRun) {
  kill_in_the_middle_of("CREATE TABLE a (id int); SELECT pg_sleep(30)");
  postgres::RunLock next = postgres::RunLock::acquire(target, keys, {.at_most = 60s});
  EXPECT_EQ(one("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), "0");
  Applier applies(target, keys, next, {});
  EXPECT_FALSE(applies.apply(step("next", "CREATE TABLE a (id int)")));
  EXPECT_EQ(done(), "next");
}

// run-protocol, Lock 2: client_connection_check_interval
TEST_F(Orphan, IsGoneLongBeforeItsStatementWouldEnd) {
  kill_in_the_middle_of("SELECT pg_sleep(600)");
  EXPECT_TRUE(support::eventually(
      [&] { return one("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sluice apply'") == "0"; }));
}

}  // namespace
}  // namespace apply_test
