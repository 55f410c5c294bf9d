// What a busy API server asks for is done: operator-protocol, Runtime 1.
#include <gtest/gtest.h>

#include "common/error.h"
#include "operator/kube/client.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

/// Answers the first `refusals` requests with 429 and `Retry-After: WAIT`, the others with an object.
class BusyServer {
 public:
  explicit BusyServer(int refusals, int wait = 1)
      : program_({"python3", "-c", kProgram, std::to_string(port_), std::to_string(refusals), std::to_string(wait)}) {
    if (!program_.wait_for_output("listening")) throw std::runtime_error("busy server: " + program_.wait().err);
  }
  kube::Config config() const { return {.server = "http://127.0.0.1:" + std::to_string(port_)}; }

 private:
  static constexpr const char* kProgram = R"(import http.server, sys
left = int(sys.argv[2])
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global left
        self.send_response(429 if left > 0 else 200)
        if left > 0: self.send_header('Retry-After', sys.argv[3])
        left -= 1
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(b'{"kind":"ConfigMap","metadata":{"name":"one"}}')
server = http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer)
print('listening', flush=True)
server.serve_forever()
)";
  const int port_ = support::free_port();
  support::Program program_;
};

class Refusal : public testing::Test {
 protected:
  std::optional<kube::Object> ask(const BusyServer& server) {
    kube::Client client(server.config(),
                        {.on_call = [this](const kube::Call& call) { statuses.push_back(call.status); }});
    return client.get(kube::types::config_map(), {"space", "one"});
  }
  std::vector<int> statuses;
};

TEST_F(Refusal, IsAskedAgainAfterTheTimeThatTheServerNames) {
  const BusyServer server(1);
  const steady_clock::time_point began = steady_clock::now();
  EXPECT_TRUE(ask(server));
  EXPECT_EQ(statuses, (std::vector<int>{429, 200}));
  EXPECT_GE(steady_clock::now() - began, seconds(1));
}

TEST_F(Refusal, ThatLastsIsLeftToTheQueueAfterThreeMoreTries) {
  const BusyServer server(100);
  EXPECT_THROW(ask(server), TransientError);
  EXPECT_EQ(statuses.size(), 4U);
}

TEST_F(Refusal, OfAWatchIsWaitedOut) {
  const BusyServer server(1);
  kube::Client client(server.config(), {});
  const steady_clock::time_point began = steady_clock::now();
  bool was_opened = false;
  const auto on_event = [&](const kube::WatchEvent& event) { was_opened |= event.type == kube::EventType::kOpened; };
  // What the server then sends is no event.
  EXPECT_THROW(static_cast<void>(client.watch(kube::types::config_map(), {}, "1", on_event, {})), TransientError);
  EXPECT_TRUE(was_opened);
  EXPECT_GE(steady_clock::now() - began, seconds(1));
}

// It holds up nobody: calls, for which a worker waits, are repeated after 10 s.
TEST_F(Refusal, OfAWatchIsWaitedOutForLongerThanThatOfACall) {
  const BusyServer server(1, 11);
  kube::Client client(server.config(), {});
  const steady_clock::time_point began = steady_clock::now();
  EXPECT_THROW(static_cast<void>(client.watch(kube::types::config_map(), {}, "1", [](const auto&) {}, {})),
               TransientError);
  EXPECT_GE(steady_clock::now() - began, seconds(11));
}

}  // namespace
