// List and watch against an API server that stops, forgets and comes back.
#include "operator/kube/watcher.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "common/error.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
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
  void expect(const Values& values, int patience = 30) {  // in seconds
    EXPECT_TRUE(eventually([&] { return picture.values() == values; }, patience))
        << testing::PrintToString(picture.values());
  }
  std::jthread watch() {
    return std::jthread([this](std::stop_token stop) { watcher.run(stop); });
  }

  /// An own server: for tests that stop it.
  explicit WatcherTest(std::unique_ptr<support::ApiServer> own) : own_(std::move(own)) {}
  WatcherTest() = default;

 private:
  std::unique_ptr<support::ApiServer> own_ = {};

 protected:
  support::ApiServer* server = own_ ? own_.get() : &support::ApiServer::shared();
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

class WatcherAtItsServerTest : public WatcherTest {
 protected:
  WatcherAtItsServerTest() : WatcherTest(support::ApiServer::start()) {}
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
TEST_F(WatcherAtItsServerTest, ListsAnewAfterItsVersionHasExpired) {
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

// operator-protocol, Runtime 1: 410 as an ERROR event, under HTTP status 200: the real server's way
TEST_F(WatcherAtItsServerTest, GetsToldByAnErrorEventThatAVersionHasExpired) {
  for (int i = 0; i < 10; ++i) set("one", std::to_string(i));
  server->compact();
  server->stop();
  server->go_on();
  int opened = 0;
  EXPECT_EQ(client.watch(
                kube::types::config_map(), {.namespace_name = space}, "2",
                [&](const kube::WatchEvent& event) { opened += event.type == kube::EventType::kOpened ? 1 : 0; }, {}),
            kube::WatchEnd::kExpired);
  EXPECT_EQ(opened, 1);
}

/// Answers every request the same way.
class CannedServer {
 public:
  CannedServer(int status, const Object& body)
      : program_({"python3", "-c", kProgram, std::to_string(port_), std::to_string(status), body.dump()}) {
    if (!program_.wait_for_output("listening")) throw std::runtime_error("canned server: " + program_.wait().err);
  }
  kube::Config config() const { return {.server = "http://127.0.0.1:" + std::to_string(port_)}; }

 private:
  static constexpr const char* kProgram = R"(import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[2]))
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(sys.argv[3].encode() + b'\n')
server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer)
print('listening', flush=True)
server.serve_forever()
)";
  const int port_ = support::free_port();
  support::Program program_;
};

kube::WatchEnd watch_canned(const CannedServer& server, int& opened) {
  kube::Client client(server.config(), {});
  return client.watch(kube::types::config_map(), {}, "2",
                      [&](const kube::WatchEvent& event) { opened += event.type == kube::EventType::kOpened ? 1 : 0; },
                      {});
}

const Object kExpiredStatus{{"kind", "Status"}, {"apiVersion", "v1"}, {"code", 410}, {"reason", "Expired"}};

// operator-protocol, Runtime 1: 410 as HTTP status: older servers and proxies in between
TEST(Expired, IsUnderstoodAsAStatus) {
  int opened = 0;
  EXPECT_EQ(watch_canned(CannedServer(410, kExpiredStatus), opened), kube::WatchEnd::kExpired);
  EXPECT_EQ(opened, 0);
}

TEST(Expired, IsUnderstoodAsAnErrorEvent) {
  int opened = 0;
  EXPECT_EQ(watch_canned(CannedServer(200, {{"type", "ERROR"}, {"object", kExpiredStatus}}), opened),
            kube::WatchEnd::kExpired);
  EXPECT_EQ(opened, 1);
}

TEST(Expired, IsNotWhatAnotherErrorEventSays) {
  Object status = kExpiredStatus;
  status["code"] = 500;
  int opened = 0;
  EXPECT_THROW(watch_canned(CannedServer(200, {{"type", "ERROR"}, {"object", status}}), opened), TransientError);
}

// operator-protocol, Trust 6: the server has no bookmark to send while nothing of a type changes.
TEST_F(WatcherTest, StaysFreshWhileNothingHappens) {
  kube::Client impatient(server->config(), {.watch_idle = std::chrono::seconds(1)});
  kube::Watcher quiet(impatient, clock, kube::types::config_map(), {.namespace_name = space}, {});
  const std::jthread thread([&](std::stop_token stop) { quiet.run(stop); });
  ASSERT_TRUE(eventually([&] { return quiet.fresh_at().has_value(); }));
  const auto first = *quiet.fresh_at();
  EXPECT_TRUE(eventually([&] { return *quiet.fresh_at() - first > std::chrono::seconds(3); }));
}

// Its etcd is gone: it may still take a watch, but what it serves is old.
TEST_F(WatcherAtItsServerTest, IsNotFreshByAServerThatIsCutOffFromItsData) {
  kube::Client impatient(server->config(), {.idle = std::chrono::seconds(1), .watch_idle = std::chrono::seconds(1)});
  kube::Watcher quiet(impatient, clock, kube::types::config_map(), {.namespace_name = space}, {});
  const std::jthread thread([&](std::stop_token stop) { quiet.run(stop); });
  ASSERT_TRUE(eventually([&] { return quiet.fresh_at().has_value(); }));
  server->stop_etcd();
  EXPECT_TRUE(eventually([&] { return clock.steady() - *quiet.fresh_at() > std::chrono::seconds(5); }));
  const auto back = clock.steady();
  server->restart_etcd();
  EXPECT_TRUE(eventually([&] { return *quiet.fresh_at() > back; }));
}

TEST_F(WatcherAtItsServerTest, CatchesUpAfterTheServerWasAwayFor20Seconds) {
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

TEST_F(WatcherAtItsServerTest, SurvivesARestartOfEtcd) {
  set("one", "1");
  const std::jthread thread = watch();
  expect({{"one", "1"}});
  server->restart_etcd();
  set("two", "2");
  expect({{"one", "1"}, {"two", "2"}}, 60);
}

TEST_F(WatcherAtItsServerTest, StopsWhileTheServerIsAway) {
  server->stop();
  std::jthread thread = watch();
  thread.request_stop();
  thread.join();
  EXPECT_FALSE(watcher.fresh_at());
}

}  // namespace
