// The HTTP listener: what it answers, and what no client can do to it.
#include "operator/gate/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "common/error.h"
#include "tests/operator/gate/raw_client.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr const char* kGet = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

class ServerTest : public testing::Test {
 protected:
  const int port = support::free_port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  std::unique_ptr<gate::Server> server = {};

  void listen(const gate::Limits& limits = {}) {
    const auto handler = [](const gate::Request& request) {
      return gate::Answer{200, request.method + " " + request.target + " " + request.body};
    };
    server = std::make_unique<gate::Server>(address, handler, gate::ServerOptions{.limits = limits});
  }
  std::string ask(const std::string& text) const {
    RawClient client(port);
    client.send(text);
    return client.read_to_end();
  }
  static std::string post(const std::string& body, const std::string& more = "") {
    return "POST /p HTTP/1.1\r\nConnection: close\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }
};

TEST_F(ServerTest, AnswersWithItsHandler) {
  listen();
  EXPECT_THAT(ask(kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask(kGet), HasSubstr("\r\n\r\nGET /hello "));
  EXPECT_THAT(ask(post("four")), HasSubstr("POST /p four"));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  listen();
  const std::string answer = ask("HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 12\r\n"));
  EXPECT_THAT(answer, testing::EndsWith("\r\n\r\n"));
}

TEST_F(ServerTest, AnswersSeveralRequestsOfAConnection) {
  listen();
  RawClient client(port);
  for (const std::string path : {"/1", "/2", "/3"}) {
    client.send("GET " + path + " HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(client.read_until("GET " + path));
  }
  client.send("GET /4 HTTP/1.1\r\n\r\nGET /5 HTTP/1.1\r\nConnection: close\r\n\r\n");  // both at once
  EXPECT_THAT(client.read_to_end(), HasSubstr("GET /5"));
}

TEST_F(ServerTest, LetsTheClientSendABodyItAskedToSend) {
  listen();
  RawClient client(port);
  client.send("POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(client.read_until("HTTP/1.1 100 Continue\r\n"));
  client.send("body");
  EXPECT_THAT(client.read_to_end(), HasSubstr("POST /p body"));
}

TEST_F(ServerTest, GoesOnAfterAHandlerThrew) {
  const auto handler = [](const gate::Request& request) -> gate::Answer {
    if (request.target == "/bad") throw std::runtime_error("bug");
    return {};
  };
  server = std::make_unique<gate::Server>(address, handler, gate::ServerOptions{});
  EXPECT_THAT(ask("GET /bad HTTP/1.1\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(ask(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, RefusesABodyThatIsSaidToBeTooLarge) {
  listen();
  EXPECT_THAT(ask(post(std::string(64 * 1024, 'x'))), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(post(std::string(64 * 1024 + 1, 'x'))), StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, RefusesABodyThatTurnsOutTooLarge) {
  listen();
  std::string chunks;
  for (int i = 0; i < 20; ++i) chunks += "1000\r\n" + std::string(4096, 'x') + "\r\n";
  EXPECT_THAT(ask("POST /p HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(ServerTest, RefusesAHugeHeader) {
  listen();
  EXPECT_THAT(ask("GET /hello HTTP/1.1\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
}

TEST_F(ServerTest, RefusesWhatIsNoHttp) {
  listen();
  EXPECT_THAT(ask("hello there\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(ask("POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, SurvivesWhateverIsSent) {
  listen({.each_client = {100'000}, .all = {100'000}});
  const std::string whole = "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n";
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    std::string text = "POST /gate/v1/flagger/confirm-rollout?a=%41 HTTP/1.1\r\nHost: x\r\n" + whole;
    for (unsigned i = 0; i <= seed % 8; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    if (seed % 3 == 0) text.resize(random() % text.size());
    RawClient client(port);
    client.send(text);
    client.end();
    client.read_to_end();
  }
  EXPECT_THAT(ask(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, HangsUpOnAClientThatSendsTooSlowly) {
  listen({.request = milliseconds(300)});
  RawClient never(port), half(port), body(port);
  half.send("GET /hello HTT");
  body.send("POST /p HTTP/1.1\r\nContent-Length: 10\r\n\r\nfour");
  EXPECT_THAT(never.read_to_end(), IsEmpty());
  EXPECT_THAT(half.read_to_end(), IsEmpty());
  EXPECT_THAT(body.read_to_end(), IsEmpty());
}

TEST_F(ServerTest, GivesNoMoreTimeToAClientThatSendsByteByByte) {
  listen({.request = milliseconds(300)});
  RawClient client(port);
  client.send("GET /hello HTTP/1.1\r\n");
  EXPECT_TRUE(support::eventually([&] { return !client.send("X"); }));
}

TEST_F(ServerTest, HangsUpOnAnIdleConnection) {
  listen({.idle = milliseconds(200)});
  RawClient client(port);
  client.send("GET /hello HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), HasSubstr("GET /hello"));
}

TEST_F(ServerTest, AnswersOthersWhileClientsAreSlow) {
  listen();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(std::make_unique<RawClient>(port));
    slow.back()->send("GET /hello HTT");
  }
  EXPECT_THAT(ask(kGet), StartsWith("HTTP/1.1 200 "));
}

TEST_F(ServerTest, HangsUpOnAClientThatDoesntTakeItsAnswer) {
  const auto handler = [](const gate::Request&) { return gate::Answer{200, std::string(50'000'000, 'x')}; };
  server =
      std::make_unique<gate::Server>(address, handler, gate::ServerOptions{.limits = {.answer = milliseconds(300)}});
  RawClient client(port);
  client.send(kGet);
  // What the kernels hold still comes; what wasn't sent in time never does.
  EXPECT_TRUE(client.read_until("\r\n\r\n"));
  EXPECT_TRUE(support::eventually([&] { return !client.send("X"); }));
}

TEST_F(ServerTest, ClosesConnectionsOfOneClientAboveItsShare) {
  listen({.connections_each = 2});
  RawClient one(port);
  auto two = std::make_unique<RawClient>(port);
  for (RawClient* client : {&one, two.get()}) {
    client->send("GET /hello HTTP/1.1\r\n\r\n");
    ASSERT_TRUE(client->read_until("GET /hello"));
  }
  EXPECT_THAT(ask(kGet), IsEmpty());
  two.reset();
  EXPECT_TRUE(support::eventually([&] { return !ask(kGet).empty(); }));
}

TEST_F(ServerTest, ClosesConnectionsAboveItsLimit) {
  listen({.connections = 1});
  RawClient one(port);
  one.send("GET /hello HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(one.read_until("GET /hello"));
  EXPECT_THAT(ask(kGet), IsEmpty());
}

TEST_F(ServerTest, RefusesAClientThatAsksTooOften) {
  listen({.each_client = {2}});  // four at once
  RawClient client(port);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += "GET /hello HTTP/1.1\r\n\r\n";
  client.send(requests);
  const std::string answers = client.read_to_end();
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answers, HasSubstr("HTTP/1.1 429 "));
}

TEST_F(ServerTest, TellsOfEachAnswer) {
  std::vector<int> statuses;
  const auto on_answer = [&](int status, std::chrono::steady_clock::duration) { statuses.push_back(status); };
  server = std::make_unique<gate::Server>(
      address,
      [](const gate::Request&) {
        return gate::Answer{404, ""};
      },
      gate::ServerOptions{.on_answer = on_answer});
  ask(kGet);
  ask("nonsense\r\n\r\n");
  server.reset();
  EXPECT_THAT(statuses, testing::ElementsAre(404, 400));
}

TEST_F(ServerTest, RefusesWhatIsNoAddress) {
  for (const char* wrong : {"nonsense", "127.0.0.1:http", "127.0.0.1:", "127.0.0.1:70000", "no.such.host.invalid:80"}) {
    EXPECT_THROW(gate::Server(wrong, {}, {}), PermanentError) << wrong;
  }
}

TEST_F(ServerTest, RefusesATakenAddress) {
  listen();
  EXPECT_THROW(gate::Server(address, {}, {}), PermanentError);
}

TEST_F(ServerTest, ListensOnEveryAddress) {
  server = std::make_unique<gate::Server>(
      ":" + std::to_string(port),
      [](const gate::Request&) {
        return gate::Answer{200, "here"};
      },
      gate::ServerOptions{});
  EXPECT_THAT(ask(kGet), HasSubstr("here"));
}

}  // namespace
