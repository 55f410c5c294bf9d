// A restore killed at any instant: the next call finishes it, and the application's rows as of the backup are all there
// (run-protocol, Going back 2 and 3).
#include <gmock/gmock.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "common/error.h"
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
    std::string state = RestoreWorld::state(url_);
    if (state != world_.state_as_of_backup()) {
      ASSERT_THAT(next.out, HasSubstr("nothing"));
      const Finished again = support::run_program(call("restore", method));
      ASSERT_EQ(again.code, 0) << again.err;
      state = RestoreWorld::state(url_);
    }
    EXPECT_EQ(state, world_.state_as_of_backup());
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

std::string named(const testing::TestParamInfo<Point>& point) {
  std::string name = point.param.method + "_" + point.param.name;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

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
                                         Point{"swap", "restore-terminated"}, Point{"swap", "restore-switched"}),
                         named);
INSTANTIATE_TEST_SUITE_P(InPlace, AtFailpoint,
                         testing::Values(Point{"in-place", "restore-intended"}, Point{"in-place", "restore-locked"},
                                         Point{"in-place", "restore-dropped"},
                                         Point{"in-place", "restore-statement:20"},
                                         Point{"in-place", "restore-copied-table:2"},
                                         Point{"in-place", "restore-played"}, Point{"in-place", "restore-compared"},
                                         Point{"in-place", "restore-committed"}),
                         named);

// The database takes no connections then, so a run can't even take its lock.
TEST_F(KilledRestore, WithTheDatabaseClosedIsFinishedWithoutTheRunsLock) {
  const std::vector<std::string> at_closed = {"SLUICE_FAILPOINT=restore-closed=kill"};
  ASSERT_EQ(support::run_program(call("restore", "swap"), at_closed).code, 128 + SIGKILL);
  EXPECT_THROW(postgres::Session::open(target_of(url_)), TransientError);
  EXPECT_EQ(support::run_program(call("continue-closed", "swap")).out, "switching\nrestored by swap\n");
  EXPECT_EQ(RestoreWorld::state(url_), world_.state_as_of_backup());
}

TEST_F(KilledRestore, WithTheDatabaseStillOpenWaitsForARunWithItsLock) {
  const std::vector<std::string> at_ready = {"SLUICE_FAILPOINT=restore-ready=kill"};
  ASSERT_EQ(support::run_program(call("restore", "swap"), at_ready).code, 128 + SIGKILL);
  EXPECT_EQ(support::run_program(call("continue-closed", "swap")).out, "nothing\n");
}

TEST_F(KilledRestore, IsSeenOnAnySession) {
  postgres::Session session = postgres::Session::open(target_of(url_));
  EXPECT_FALSE(is_unfinished(session, target_of(url_).database()));
  for (const std::string method : {"swap", "in-place"}) {
    const std::vector<std::string> at_intent = {"SLUICE_FAILPOINT=restore-intended=kill"};
    ASSERT_EQ(support::run_program(call("restore", method), at_intent).code, 128 + SIGKILL);
    EXPECT_TRUE(is_unfinished(session, target_of(url_).database()));
  }
}

// A second restore at the same time would be the end of both.
TEST_F(KilledRestore, AtWorkKeepsOthersAway) {
  const support::TemporaryFolder folder;
  const std::string paused = folder.path() + "/paused";
  Program program(call("restore", "swap"),
                  {"SLUICE_FAILPOINT=restore-created=pause", "SLUICE_FAILPOINT_FILE=" + paused});
  ASSERT_TRUE(support::eventually([&] { return ::access(paused.c_str(), F_OK) == 0; }));
  const Finished second = support::run_program(call("continue", "swap"));
  EXPECT_EQ(second.code, 10);
  EXPECT_THAT(second.err, HasSubstr("another process is restoring"));
  ::unlink(paused.c_str());
  EXPECT_EQ(program.wait().code, 0);
}

class AtRandomInstants : public KilledRestore, public testing::WithParamInterface<std::string> {};

// The instants are spread over the time a whole restore takes here; each round also kills the one that continues.
TEST_P(AtRandomInstants, IsFinishedByTheNextCall) {
  using std::chrono::steady_clock;
  const auto start = steady_clock::now();
  ASSERT_EQ(support::run_program(call("restore", GetParam())).code, 0);
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - start);
  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<long> instant(0, whole.count());
  for (int round = 0; round < 15; ++round) {  // real runs are killed 30 times each way in faults/kill_restore_test.cc
    url_ = world_.migrated();
    std::string killed;
    for (const std::string verb : {"restore", "continue"}) {
      const std::chrono::microseconds at(instant(random));
      killed += verb + " killed after " + std::to_string(at.count()) + " us; ";
      Program program(call(verb, GetParam()));
      std::this_thread::sleep_for(at);  // the instant is what is tested
      program.signal(SIGKILL);
      program.wait();
    }
    SCOPED_TRACE(killed);
    expect_that_the_next_call_finishes(GetParam());
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Method, AtRandomInstants, testing::Values("swap", "in-place"));

}  // namespace
}  // namespace backup
