// What a server that hangs, trickles or refuses costs: of one call its whole time at most, of the lease the leadership
// at its time (operator-protocol, Runtime 1).
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "common/error.h"
#include "operator/kube/client.h"
#include "operator/kube/lease.h"
#include "tests/support/moody_server.h"

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;
using support::eventually;

class SlowServer : public testing::TestWithParam<const char*> {
 protected:
  kube::Config config() const { return {.server = server.url()}; }
  support::MoodyServer server;
};

TEST_P(SlowServer, CostsACallItsWholeTimeAtMost) {
  kube::Client client(config(), {.total = seconds(1)});
  server.be(GetParam());
  const steady_clock::time_point began = steady_clock::now();
  EXPECT_THROW(static_cast<void>(client.get(kube::types::config_map(), {"space", "one"})), TransientError);
  EXPECT_LT(steady_clock::now() - began, seconds(4));
}

TEST_P(SlowServer, DoesNotKeepACallThatIsCancelled) {
  std::stop_source cancel;
  kube::Client client(config(), {.stop = cancel.get_token(), .cancel = cancel.get_token()});
  server.be(GetParam());
  std::atomic<bool> has_ended = false;
  std::jthread asking([&] {
    EXPECT_THROW(static_cast<void>(client.get(kube::types::config_map(), {"space", "one"})), TransientError);
    has_ended = true;
  });
  ASSERT_TRUE(eventually([&] { return !server.requests().empty(); }));
  cancel.request_stop();
  EXPECT_TRUE(eventually([&] { return has_ended.load(); }, 4));
}

TEST_P(SlowServer, EndsTheLeadershipAtItsTime) {
  // Idle for longer than the leadership lasts: only the clock can end it.
  std::stop_source over;
  kube::Client client(config(), {.idle = seconds(60), .stop = over.get_token(), .cancel = over.get_token()});
  const SystemClock clock;
  const kube::LeaseOptions options{
      .namespace_name = "space", .identity = "first", .times = {seconds(6), seconds(3), seconds(1)}};
  std::atomic<bool> leads = false, lost = false;
  std::jthread holding([&](std::stop_token stop) {
    kube::hold_lease(client, clock, options, {.on_leading = [&] { leads = true; }, .on_lost = [&] { lost = true; }},
                     stop);
  });
  ASSERT_TRUE(eventually([&] { return leads.load(); }));
  server.be(GetParam(), "leases");
  EXPECT_TRUE(eventually([&] { return lost.load(); }, 5));
  over.request_stop();
}

INSTANTIATE_TEST_SUITE_P(Moods, SlowServer, testing::Values("hang", "refuse", "trickle"),
                         [](const auto& each) { return std::string(each.param); });

TEST(BusyServer, DoesNotKeepAWatchThatIsToldToStop) {
  support::MoodyServer server;
  server.be("refuse");
  kube::Client client({.server = server.url()}, {});
  std::stop_source stop;
  std::atomic<bool> has_ended = false;
  std::jthread watching([&] {
    EXPECT_EQ(client.watch(
                  kube::types::config_map(), {}, "1", [](const kube::WatchEvent&) {}, stop.get_token()),
              kube::WatchEnd::kClosed);
    has_ended = true;
  });
  ASSERT_TRUE(eventually([&] { return !server.requests().empty(); }));
  stop.request_stop();
  EXPECT_TRUE(eventually([&] { return has_ended.load(); }, 4));
}

// operator-protocol, Runtime 1: timeoutSeconds 240–300, so that not all watches end at once
TEST(Watches, LastFourToFiveMinutesEachItsOwnTime) {
  support::MoodyServer server;
  server.be("gone");
  kube::Client client({.server = server.url()}, {});
  std::set<int> times;
  for (int i = 0; i < 20; ++i) {
    static_cast<void>(client.watch(kube::types::config_map(), {}, "1", [](const kube::WatchEvent&) {}, {}));
  }
  for (const std::string& each : server.requests()) {
    const std::string name = "timeoutSeconds=";
    ASSERT_NE(each.find(name), std::string::npos) << each;
    times.insert(std::stoi(each.substr(each.find(name) + name.size())));
  }
  EXPECT_GE(*times.begin(), 240);
  EXPECT_LE(*times.rbegin(), 300);
  EXPECT_GT(times.size(), 1U);
}

}  // namespace
