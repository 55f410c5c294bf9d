// The queue, by a clock that the test owns.
#include "operator/runtime/queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace {

using runtime::ObjectName;
using runtime::Queue;
using std::chrono::milliseconds;
using std::chrono::seconds;

class QueueClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::time_point{}; }
  std::chrono::steady_clock::time_point steady() const override { return now_; }
  void advance(milliseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
};

class QueueTest : public testing::Test {
 protected:
  QueueClock clock;
  Queue queue{clock, {.first = seconds(1), .limit = seconds(60)}};
  const ObjectName one{"space", "one"}, two{"space", "two"};
};

TEST_F(QueueTest, GivesNamesInOrderOfArrival) {
  queue.add(one);
  queue.add(two);
  EXPECT_EQ(queue.try_take(), one);
  EXPECT_EQ(queue.try_take(), two);
  EXPECT_EQ(queue.try_take(), std::nullopt);
}

TEST_F(QueueTest, HoldsANameOnce) {
  queue.add(one);
  queue.add(one);
  EXPECT_EQ(queue.depth(), 1U);
  EXPECT_EQ(queue.try_take(), one);
  EXPECT_EQ(queue.try_take(), std::nullopt);
}

TEST_F(QueueTest, NeverGivesANameToTwoWorkers) {
  queue.add(one);
  ASSERT_EQ(queue.try_take(), one);
  queue.add(one);
  EXPECT_EQ(queue.try_take(), std::nullopt);
}

TEST_F(QueueTest, GivesANameAgainThatWasAddedWhileItWasWorkedOn) {
  queue.add(one);
  ASSERT_EQ(queue.try_take(), one);
  queue.add(one);
  queue.done(one);
  EXPECT_EQ(queue.try_take(), one);
}

TEST_F(QueueTest, GivesADelayedNameOnlyWhenItIsDue) {
  queue.add_after(one, seconds(10));
  clock.advance(seconds(9));
  EXPECT_EQ(queue.try_take(), std::nullopt);
  clock.advance(seconds(1));
  EXPECT_EQ(queue.try_take(), one);
}

TEST_F(QueueTest, KeepsTheEarliestOfSeveralDelays) {
  queue.add_after(one, seconds(10));
  queue.add_after(one, seconds(5));
  queue.add_after(one, seconds(20));
  clock.advance(seconds(5));
  EXPECT_EQ(queue.try_take(), one);
  queue.done(one);
  clock.advance(seconds(60));
  EXPECT_EQ(queue.try_take(), std::nullopt);
}

TEST_F(QueueTest, ServesADelayWithAnEventThatComesBefore) {
  queue.add_after(one, seconds(10));
  queue.add(one);
  ASSERT_EQ(queue.try_take(), one);
  queue.done(one);
  clock.advance(seconds(10));
  EXPECT_EQ(queue.try_take(), std::nullopt);
}

TEST_F(QueueTest, DoublesTheDelayWithEachFailureUpToTheLimit) {
  const auto delay_of_next_failure = [&] {
    queue.add_failed(one);
    const milliseconds delay = std::chrono::duration_cast<milliseconds>(*queue.due(one) - clock.steady());
    clock.advance(seconds(60));
    static_cast<void>(queue.try_take());
    queue.done(one);
    return delay;
  };
  for (const int full : {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000}) {
    const milliseconds delay = delay_of_next_failure();
    EXPECT_LE(delay, milliseconds(full));
    EXPECT_GE(delay, milliseconds(full * 4 / 5));
  }
}

TEST_F(QueueTest, StartsWithTheFirstDelayAfterASuccess) {
  for (int i = 0; i < 5; ++i) queue.add_failed(one);
  static_cast<void>((clock.advance(seconds(60)), queue.try_take()));
  queue.done(one);
  queue.forget(one);
  queue.add_failed(one);
  EXPECT_LE(*queue.due(one) - clock.steady(), seconds(1));
}

TEST_F(QueueTest, GivesNothingMoreAfterShutDown) {
  queue.add(one);
  std::thread taker([&] {
    while (queue.take()) {
    }
  });
  queue.shut_down();
  taker.join();
  EXPECT_EQ(queue.take(), std::nullopt);
}

TEST(QueueBlocking, WakesATakerForWhatIsAddedLater) {
  const SystemClock clock;
  Queue queue(clock, {});
  std::optional<ObjectName> taken;
  std::thread taker([&] { taken = queue.take(); });
  queue.add_after({"space", "one"}, milliseconds(5));
  taker.join();
  EXPECT_EQ(taken, (ObjectName{"space", "one"}));
}

}  // namespace
