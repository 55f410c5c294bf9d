// Workers: what becomes of a look that ends well or ill.
#include "operator/runtime/worker.h"

#include <gtest/gtest.h>

#include <atomic>

#include "common/error.h"
#include "tests/support/postgres_server.h"

namespace {

using runtime::LookResult;
using runtime::ObjectName;
using runtime::Queue;
using std::chrono::milliseconds;
using support::eventually;

class WorkersTest : public testing::Test {
 protected:
  const SystemClock clock;
  Queue queue{clock, {.first = milliseconds(1), .limit = milliseconds(2)}};
  const ObjectName one{"space", "one"};
  std::atomic<int> looks = 0;
  std::atomic<int> failures = 0;
  runtime::OnLook count = [this](const ObjectName&, LookResult result, std::chrono::steady_clock::duration) {
    if (result != LookResult::kDone) ++failures;
  };
};

TEST_F(WorkersTest, LookAgainAfterAnError) {
  const runtime::Workers workers(
      queue, 2,
      [this](const ObjectName&) -> std::optional<milliseconds> {
        if (++looks < 3) throw TransientError("not now");
        return std::nullopt;
      },
      count);
  queue.add(one);
  EXPECT_TRUE(eventually([&] { return looks == 3 && failures == 2; }));
}

// decisions/0010: what is wrong with one resource costs the others nothing
TEST_F(WorkersTest, LookAtTheOthersAfterABugThatOneBroughtToLight) {
  const ObjectName two{"space", "two"};
  std::atomic<int> bugs = 0, others = 0;
  const runtime::Workers workers(
      queue, 1,
      [&](const ObjectName& name) -> std::optional<milliseconds> {
        if (name == one) throw std::logic_error("a null where no null should be");
        ++others;
        return std::nullopt;
      },
      [&](const ObjectName& name, LookResult result, std::chrono::steady_clock::duration) {
        if (result == LookResult::kBug && name == one) ++bugs;
      });
  queue.add(one);
  ASSERT_TRUE(eventually([&] { return bugs >= 2; }));  // again after the back-off
  queue.add(two);
  EXPECT_TRUE(eventually([&] { return others == 1; }));
}

TEST_F(WorkersTest, WorkOnWhenALookCannotBeTold) {
  const runtime::Workers workers(
      queue, 1,
      [this](const ObjectName&) -> std::optional<milliseconds> {
        ++looks;
        return std::nullopt;
      },
      [](const ObjectName&, LookResult, std::chrono::steady_clock::duration) { throw TransientError("not now"); });
  queue.add(one);
  ASSERT_TRUE(eventually([&] { return looks == 1; }));
  queue.add(one);
  EXPECT_TRUE(eventually([&] { return looks == 2; }));
}

TEST_F(WorkersTest, LookAgainWhenALookAsksForIt) {
  const runtime::Workers workers(
      queue, 1,
      [this](const ObjectName&) -> std::optional<milliseconds> {
        if (++looks < 3) return milliseconds(1);
        return std::nullopt;
      },
      count);
  queue.add(one);
  EXPECT_TRUE(eventually([&] { return looks == 3; }));
}

TEST_F(WorkersTest, NeverLookAtOneResourceTwiceAtOnce) {
  std::atomic<int> at_once = 0, most = 0;
  {
    const runtime::Workers workers(
        queue, 4,
        [&](const ObjectName& name) -> std::optional<milliseconds> {
          most = std::max<int>(most, ++at_once);
          if (++looks < 50) queue.add(name);
          --at_once;
          return std::nullopt;
        },
        count);
    queue.add(one);
    EXPECT_TRUE(eventually([&] { return looks == 50; }));
  }
  EXPECT_EQ(most, 1);
}

}  // namespace
