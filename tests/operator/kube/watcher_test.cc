// List and watch against an API server that stops, forgets and comes back.
#include "operator/kube/watcher.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "common/error.h"
#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"

namespace {

using kube::Object;
using support::eventually;

/// What a listener has been told: names and a value of each.
class Picture {
 public:
  kube::WatchListener listener() {
    return {.on_object =
                [this](const Object& object) {
                  const std::lock_guard<std::mutex> hold(mutex_);
                  values_[kube::name_of(object).name] = kube::text_at(object, "/data/key");
                },
            .on_deleted =
                [this](const Object& object) {
                  const std::lock_guard<std::mutex> hold(mutex_);
                  values_.erase(kube::name_of(object).name);
                },
            .on_listed =
                [this](const std::set<kube::ObjectName>& names) {
                  const std::lock_guard<std::mutex> hold(mutex_);
                  std::erase_if(values_, [&](const auto& entry) {
                    for (const kube::ObjectName& name : names) {
                      if (name.name == entry.first) return false;
                    }
                    return true;
                  });
                  ++lists_;
                }};
  }
  std::map<std::string, std::string> values() const {
    const std::lock_guard<std::mutex> hold(mutex_);
    return values_;
  }
  int lists() const {
    const std::lock_guard<std::mutex> hold(mutex_);
    return lists_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> values_;
  int lists_ = 0;
};

class WatcherTest : public testing::Test {
 protected:
  using Values = std::map<std::string, std::string>;

  void set(const std::string& name, const std::string& value) {
    const Object object{{"apiVersion", "v1"},
                        {"kind", "ConfigMap"},
                        {"metadata", {{"name", name}, {"namespace", space}, {"labels", {{"test", "yes"}}}}},
                        {"data", {{"key", value}}}};
    ASSERT_TRUE(eventually([&] {
      try {
        return server->api().apply(kube::types::config_map(), object, {}).outcome == kube::WriteOutcome::kDone;
      } catch (const Error&) {
        return false;
      }
    }));
  }
  void erase(const std::string& name) {
    ASSERT_EQ(server->api().remove(kube::types::config_map(), {space, name}, {}), kube::WriteOutcome::kDone);
  }
  void expect(const Values& values, int seconds = 30) {
    EXPECT_TRUE(eventually([&] { return picture.values() == values; }, seconds))
        << testing::PrintToString(picture.values());
  }
  std::jthread watch() {
    return std::jthread([this](std::stop_token stop) { watcher.run(stop); });
  }

  std::unique_ptr<support::ApiServer> server = support::ApiServer::start();
  std::string space = server->new_namespace();
  SystemClock clock;
  kube::Client client{server->config(), {}};
  Picture picture;
  kube::Watcher watcher{client,
                        clock,
                        kube::types::config_map(),
                        {.namespace_name = space, .label_selector = "test"},
                        picture.listener()};
};

TEST_F(WatcherTest, ShowsWhatIsThereAndWhatHappens) {
  set("one", "1");
  const std::jthread thread = watch();
  expect({{"one", "1"}});
  set("two", "2");
  set("one", "new");
  expect({{"one", "new"}, {"two", "2"}});
  erase("one");
  expect({{"two", "2"}});
  EXPECT_EQ(picture.lists(), 1);
  EXPECT_TRUE(watcher.fresh_at());
}

TEST_F(WatcherTest, ListsMoreThanAPage) {
  Values wanted;
  for (int i = 0; i < 120; ++i) {
    set("n" + std::to_string(i), "x");
    wanted["n" + std::to_string(i)] = "x";
  }
  const std::jthread thread = watch();
  expect(wanted);
}

// operator-protocol, Runtime 1: 410 as ERROR event: the new server's cache begins after the version we saw.
TEST_F(WatcherTest, ListsAnewAfterItsVersionHasExpired) {
  set("gone", "1");
  set("one", "1");
  std::jthread thread = watch();
  expect({{"gone", "1"}, {"one", "1"}});
  thread = {};  // ends the watch
  erase("gone");
  set("one", "2");
  server->compact();
  server->stop();
  server->go_on();
  set("two", "2");
  const std::jthread again = watch();
  expect({{"one", "2"}, {"two", "2"}});
}

// operator-protocol, Runtime 1
TEST_F(WatcherTest, GetsToldThatAVersionHasExpired) {
  for (int i = 0; i < 10; ++i) set("one", std::to_string(i));
  server->compact();
  server->stop();
  server->go_on();
  EXPECT_EQ(client.watch(kube::types::config_map(), {.namespace_name = space}, "2", [](const kube::WatchEvent&) {}, {}),
            kube::WatchEnd::kExpired);
}

TEST_F(WatcherTest, CatchesUpAfterTheServerWasAwayFor20Seconds) {
  set("one", "1");
  const std::jthread thread = watch();
  expect({{"one", "1"}});
  server->stop();
  const auto since = clock.steady();
  ASSERT_TRUE(eventually([&] { return clock.steady() - since > std::chrono::seconds(20); }));
  EXPECT_EQ(picture.values(), (Values{{"one", "1"}}));
  server->go_on();
  set("one", "2");
  set("two", "2");
  expect({{"one", "2"}, {"two", "2"}}, 60);
}

TEST_F(WatcherTest, SurvivesARestartOfEtcd) {
  set("one", "1");
  const std::jthread thread = watch();
  expect({{"one", "1"}});
  server->restart_etcd();
  set("two", "2");
  expect({{"one", "1"}, {"two", "2"}}, 60);
}

TEST_F(WatcherTest, StopsWhileTheServerIsAway) {
  server->stop();
  std::jthread thread = watch();
  thread.request_stop();
  thread.join();
  EXPECT_FALSE(watcher.fresh_at());
}

}  // namespace
