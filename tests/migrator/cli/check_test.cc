// `sluice check`: checks without a database (operator-protocol, Roll-outs 2 and 4: a colour's pods are asked by it).
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/report/result.h"
#include "tests/support/postgres_server.h"

namespace {

using nlohmann::json;
using support::Finished;
using testing::HasSubstr;

/// A port of 127.0.0.1 that accepts connections until it is closed.
class OpenPort {
 public:
  OpenPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(socket_, 100), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~OpenPort() { close(); }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
};

std::string tcp_check(int port) {
  return json::array({{{"name", "app"}, {"tcp", {{"host", "127.0.0.1"}, {"port", port}}}}}).dump();
}

Finished check(const std::string& checks, const std::vector<std::string>& more = {}) {
  std::vector<std::string> argv{support::binary("sluice"), "check"};
  argv.insert(argv.end(), more.begin(), more.end());
  return support::run_program(argv, {"SLUICE_CHECKS=" + checks});
}

TEST(CheckVerb, PassesWhereAllChecksPass) {
  const OpenPort open;
  EXPECT_EQ(check(tcp_check(open.port())).code, 0);
}

TEST(CheckVerb, EndsWith24AndSaysWhichFailed) {
  OpenPort port;
  port.close();
  const support::TemporaryFolder folder;
  const std::string log = folder.path() + "/termination-log";
  const Finished done =
      support::run_program({support::binary("sluice"), "check"},
                           {"SLUICE_CHECKS=" + tcp_check(port.port()), "SLUICE_TERMINATION_LOG=" + log});
  EXPECT_EQ(done.code, 24);
  EXPECT_THAT(done.err, HasSubstr("check app failed"));
  const std::optional<report::Result> said = report::parse_result(support::run_program({"/bin/cat", log}).out);
  ASSERT_TRUE(said);
  EXPECT_THAT(said->message, HasSubstr("check app failed"));
}

TEST(CheckVerb, AsksAgainUntilTheTimeIsOver) {
  const OpenPort open;
  const Finished done = check(tcp_check(open.port()), {"--for", "300ms", "--interval", "100ms", "--output", "json"});
  EXPECT_EQ(done.code, 0);
  std::size_t rounds = 0;
  for (std::size_t at = 0; (at = done.out.find("\"check\":\"app\"", at)) != std::string::npos; ++at) ++rounds;
  EXPECT_GE(rounds, 2U);
}

TEST(CheckVerb, RefusesChecksThatNeedADatabase) {
  const Finished done = check(R"([{"name": "users", "sql": "select true"}])");
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("users: must be http or tcp"));
}

TEST(CheckVerb, RefusesWhatIsNoList) {
  for (const char* bad : {"", "{}", "[", "[]", R"([{"name": "a"}])"}) EXPECT_EQ(check(bad).code, 2) << bad;
}

}  // namespace
