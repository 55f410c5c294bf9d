// A restore killed at any instant: the next call finishes it, and the application's rows as of the backup are all there
// (run-protocol, Going back 2 and 3).
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "tests/migrator/backup/restore_world.h"

namespace backup {
namespace {

using support::Finished;
using support::Program;
using ::testing::HasSubstr;

class KilledRestore : public testing::Test {
 protected:
  std::vector<std::string> call(const std::string& verb, const std::string& method) const {
    return {support::binary("restore_driver"), verb, url_, world_.folder(), method};
  }
  /// What a next run does: continue what is there; where the killed one had not got that far, restore.
  void expect_that_the_next_call_finishes(const std::string& method) {
    const Finished next = support::run_program(call("continue", method));
    ASSERT_EQ(next.code, 0) << next.err;
    if (RestoreWorld::state(url_) != world_.state_as_of_backup()) {
      ASSERT_THAT(next.out, HasSubstr("nothing"));
      const Finished again = support::run_program(call("restore", method));
      ASSERT_EQ(again.code, 0) << again.err;
    }
    EXPECT_EQ(RestoreWorld::state(url_), world_.state_as_of_backup());
    EXPECT_EQ(support::PostgresServer::psql(url_, "select count(*) from journal.said"), "1");
    EXPECT_THAT(world_.database_names_like(url_), Not(HasSubstr("_restore_")));
    EXPECT_EQ(support::run_program(call("continue", method)).out, "nothing\n");
  }
  static constexpr auto Not = [](const auto& matcher) { return testing::Not(matcher); };

  RestoreWorld& world_ = RestoreWorld::shared();
  std::string url_ = world_.migrated();
};

struct Point {
  std::string method = {};
  std::string name = {};
};

class AtFailpoint : public KilledRestore, public testing::WithParamInterface<Point> {};

TEST_P(AtFailpoint, IsFinishedByTheNextCall) {
  const Finished killed =
      support::run_program(call("restore", GetParam().method), {"SLUICE_FAILPOINT=" + GetParam().name + "=kill"});
  ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.out << killed.err;
  expect_that_the_next_call_finishes(GetParam().method);
}

INSTANTIATE_TEST_SUITE_P(Swap, AtFailpoint,
                         testing::Values(Point{"swap", "restore-intended"}, Point{"swap", "restore-created"},
                                         Point{"swap", "restore-statement:20"}, Point{"swap", "restore-copied-table:2"},
                                         Point{"swap", "restore-played"}, Point{"swap", "restore-analyzed"},
                                         Point{"swap", "restore-settings"}, Point{"swap", "restore-ready"},
                                         Point{"swap", "restore-forgotten"}, Point{"swap", "restore-closed"},
                                         Point{"swap", "restore-terminated"}, Point{"swap", "restore-switched"}));
INSTANTIATE_TEST_SUITE_P(InPlace, AtFailpoint,
                         testing::Values(Point{"in-place", "restore-intended"}, Point{"in-place", "restore-locked"},
                                         Point{"in-place", "restore-dropped"},
                                         Point{"in-place", "restore-statement:20"},
                                         Point{"in-place", "restore-copied-table:2"},
                                         Point{"in-place", "restore-played"}, Point{"in-place", "restore-compared"},
                                         Point{"in-place", "restore-committed"}));

class AtRandomInstants : public KilledRestore, public testing::WithParamInterface<std::string> {};

// The instants are spread over the time a whole restore takes here; each round also kills the one that continues.
TEST_P(AtRandomInstants, IsFinishedByTheNextCall) {
  using std::chrono::steady_clock;
  const auto start = steady_clock::now();
  ASSERT_EQ(support::run_program(call("restore", GetParam())).code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<long> instant(0, whole.count());
  for (int round = 0; round < 30; ++round) {
    url_ = world_.migrated();
    for (const std::string verb : {"restore", "continue"}) {
      Program program(call(verb, GetParam()));
      std::this_thread::sleep_for(std::chrono::microseconds(instant(random)));  // the instant is what is tested
      program.signal(SIGKILL);
      program.wait();
    }
    expect_that_the_next_call_finishes(GetParam());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Method, AtRandomInstants, testing::Values("swap", "in-place"));

}  // namespace
}  // namespace backup
