// Whose log is asked for, and how much of it: operator-protocol, Trust 5.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "common/error.h"
#include "tests/operator/reconcile/forwarding_api.h"
#include "tests/operator/reconcile/later.h"
#include "tests/operator/reconcile/playground.h"
#include "tests/support/postgres_server.h"

namespace {

using playground::Later;
using playground::Playground;

/// The API server, but logs are ours: there is no kubelet to give any.
class WithLogs final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  std::optional<std::string> log(const kube::ObjectName& pod, const kube::LogOptions& options) override {
    asked.emplace_back(pod.name, options);
    if (fails) throw TransientError("GET log: 500 the kubelet is away");
    return text;
  }

  std::string text = "{\"event\":\"step started\",\"step\":\"001\"}\n";
  bool fails = false;
  std::vector<std::pair<std::string, kube::LogOptions>> asked = {};
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

TEST_F(ReadProgress, OfALogThatCannotBeReadIsWhatItWasAndAskedForAgainInTenSeconds) {
  run();
  clock.ahead = std::chrono::seconds(20);
  look(true);
  api.fails = true;
  clock.ahead = std::chrono::seconds(31);
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_EQ(api.asked.size(), 2U);
  EXPECT_EQ(world.migration("shop")["status"]["run"]["step"], "001");
}

TEST_F(ReadProgress, ThatFailsDoesNotKeepARunFromBeingCancelled) {
  run();
  clock.ahead = std::chrono::seconds(20);
  api.fails = true;
  world.annotate("shop", "sluice.dev/cancel", "1");
  look(true);
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Cancelling");
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

/// Ten runs under way, each with a pod, at which as many workers look.
class ReadProgressOfMany : public testing::Test {
 protected:
  ReadProgressOfMany() {
    world.write_config_map("files", playground::kFiles);
    for (int i = 0; i < 10; ++i) {
      names.push_back("shop-" + std::to_string(i));
      world.write_migration(names.back());
      world.look(names.back());
    }
    for (const kube::Object& job : world.list(kube::types::job())) world.run_pod(job, kube::name_of(job).name);
    world.refresh();
    clock.ahead = std::chrono::seconds(20);
  }
  /// How many logs are asked for at once while none comes.
  int asked_by(int workers) {
    world.replace_operator({.migrator_image = "i", .workers = workers, .progress_from_logs = true}, api, clock);
    std::atomic<int> looked{0};
    std::vector<std::jthread> lookers;
    for (int i = 0; i < workers; ++i) {
      lookers.emplace_back([&, i] {
        world.look_with_old_caches(names.at(static_cast<std::size_t>(i)));
        ++looked;
      });
    }
    EXPECT_TRUE(support::eventually([&] { return api.asked + looked == workers; }))
        << api.asked << " logs asked for, " << looked << " looks ended";
    const int asked = api.asked;
    api.open = true;
    api.open.notify_all();
    lookers.clear();
    EXPECT_EQ(api.asked, asked);
    return asked;
  }
  /// A pod that only says that it belongs to this Job.
  void add_impostor(const kube::Object& job) {
    kube::Object pod = world.list(kube::types::pod()).at(0);
    const kube::Object owner = {{"apiVersion", "batch/v1"},
                                {"kind", "Job"},
                                {"name", job["metadata"]["name"]},
                                {"uid", job["metadata"]["uid"]}};
    pod["metadata"] = {{"name", "impostor"},
                       {"namespace", world.space()},
                       {"labels", job["metadata"]["labels"]},
                       {"ownerReferences", kube::Object::array({owner})}};
    pod.erase("status");
    ASSERT_EQ(world.api().create(kube::types::pod(), pod).outcome, kube::CreateOutcome::kCreated);
    world.refresh();
  }

  Playground world;
  std::vector<std::string> names;
  WithSlowLogs api{world.api()};
  Later clock;
};

TEST_F(ReadProgressOfMany, AsksForEightLogsAtOnceAndPassesOverTheRest) { EXPECT_EQ(asked_by(10), 8); }

// A kubelet that hangs must not hang the operator.
TEST_F(ReadProgressOfMany, LeavesOneWorkerForOtherLooks) { EXPECT_EQ(asked_by(4), 3); }

TEST_F(ReadProgressOfMany, DoesNotCountAPodThatTheJobDoesNotControl) {
  for (const kube::Object& job : world.list(kube::types::job())) {
    if (kube::label_of(job, "sluice.dev/migration") == names.front()) add_impostor(job);
  }
  EXPECT_EQ(asked_by(4), 3);
}

TEST_F(ReadProgress, AsksForNoLogWithoutTheRight) {
  run();
  clock.ahead = std::chrono::seconds(20);
  look(false);
  EXPECT_TRUE(api.asked.empty());
}

}  // namespace
