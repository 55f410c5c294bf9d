// Whose log is asked for, and how much of it: operator-protocol, Trust 5.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/operator/reconcile/forwarding_api.h"
#include "tests/operator/reconcile/playground.h"
#include "tests/support/postgres_server.h"

namespace {

using playground::Playground;

/// The API server, but logs are ours: there is no kubelet to give any.
class WithLogs final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  std::optional<std::string> log(const kube::ObjectName& pod, const kube::LogOptions& options) override {
    asked.emplace_back(pod.name, options);
    return text;
  }

  std::string text = "{\"event\":\"step started\",\"step\":\"001\"}\n";
  std::vector<std::pair<std::string, kube::LogOptions>> asked = {};
};

class Later final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now() + ahead; }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now() + ahead; }
  std::chrono::seconds ahead{0};
};

class ReadProgress : public testing::Test {
 protected:
  /// One attempt under way, its pod running.
  void run() {
    world.write_config_map("files", playground::kFiles);
    world.write_migration("shop");
    world.look("shop");
    world.run_pod(world.list(kube::types::job()).at(0), "migrator");
  }
  std::optional<std::chrono::milliseconds> look(bool from_logs) {
    world.replace_operator({.migrator_image = "localhost/sluice:test", .progress_from_logs = from_logs}, api, clock);
    return world.look("shop");
  }
  Playground world;
  WithLogs api{world.api()};
  Later clock;
};

TEST_F(ReadProgress, AsksForTheEndOfTheLogOfARunThatIsOlderThan15Seconds) {
  run();
  look(true);
  EXPECT_TRUE(api.asked.empty());
  clock.ahead = std::chrono::seconds(20);
  EXPECT_EQ(look(true), std::chrono::seconds(10));
  ASSERT_EQ(api.asked.size(), 1U);
  EXPECT_EQ(api.asked[0].first, "migrator");
  EXPECT_EQ(api.asked[0].second.container, "migrate");
  EXPECT_GT(api.asked[0].second.tail_lines, 0);
  EXPECT_GT(api.asked[0].second.limit_bytes, 0);
  EXPECT_EQ(world.migration("shop")["status"]["run"]["step"], "001");
}

// Each status written brings the next look: with a busy log that would go round as fast as the API answers.
TEST_F(ReadProgress, AsksForALogOnceInTenSecondsHoweverOftenItLooks) {
  run();
  clock.ahead = std::chrono::seconds(20);
  look(true);
  api.text = "{\"event\":\"step started\",\"step\":\"002\"}\n";
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_EQ(api.asked.size(), 1U);
  EXPECT_EQ(world.migration("shop")["status"]["run"]["step"], "001");
  clock.ahead = std::chrono::seconds(31);
  world.look("shop");
  EXPECT_EQ(api.asked.size(), 2U);
  EXPECT_EQ(world.migration("shop")["status"]["run"]["step"], "002");
}

TEST_F(ReadProgress, KnowsBetweenTwoLogsThatItGoesBack) {
  run();
  clock.ahead = std::chrono::seconds(20);
  api.text = "{\"event\":\"going back\",\"how\":\"restore\"}\n";
  look(true);
  EXPECT_EQ(world.condition("shop", "Ready"), "False/GoingBack");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/GoingBack");
}

/// Gives no log before `open`.
class WithSlowLogs final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  std::optional<std::string> log(const kube::ObjectName&, const kube::LogOptions&) override {
    ++asked;
    open.wait(false);
    return std::nullopt;
  }
  std::atomic<int> asked{0};
  std::atomic<bool> open{false};
};

TEST(ReadProgressOfMany, AsksForEightLogsAtOnceAndPassesOverTheRest) {
  Playground world;
  world.write_config_map("files", playground::kFiles);
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) {
    names.push_back("shop-" + std::to_string(i));
    world.write_migration(names.back());
    world.look(names.back());
  }
  for (const kube::Object& job : world.list(kube::types::job())) world.run_pod(job, kube::name_of(job).name);
  world.refresh();
  WithSlowLogs api(world.api());
  Later clock;
  clock.ahead = std::chrono::seconds(20);
  world.replace_operator({.migrator_image = "localhost/sluice:test", .progress_from_logs = true}, api, clock);

  std::atomic<int> looked{0};
  std::vector<std::jthread> lookers;
  for (const std::string& name : names) {
    lookers.emplace_back([&world, &looked, name] {
      world.look_with_old_caches(name);
      ++looked;
    });
  }
  EXPECT_TRUE(support::eventually([&] { return api.asked == 8 && looked == 2; }))
      << api.asked << " logs asked for, " << looked << " looks ended";
  api.open = true;
  api.open.notify_all();
  lookers.clear();
  EXPECT_EQ(api.asked, 8);
}

TEST_F(ReadProgress, AsksForNoLogWithoutTheRight) {
  run();
  clock.ahead = std::chrono::seconds(20);
  look(false);
  EXPECT_TRUE(api.asked.empty());
}

}  // namespace
