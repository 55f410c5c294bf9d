// Checks: true or not, and always over in time (guides S10).
#include "migrator/checks/check.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/migrator/checks/http_server.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace checks {
namespace {

using std::chrono::milliseconds;
using support::PostgresServer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Takes connections and says nothing.
class SilentListener {
 public:
  SilentListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, length) != 0 || ::listen(socket_, 5) != 0 || ::getsockname(socket_, any, &length) != 0)
      throw std::runtime_error("can't listen");
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { ::close(socket_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  int port() const { return port_; }

 private:
  int socket_ = -1;
  int port_ = 0;
};

class DatabaseChecks : public testing::Test {
 protected:
  Outcome sql(const std::string& text, milliseconds timeout = milliseconds(10000)) {
    spec::Check check{.name = "c", .sql = text};
    check.timeout = timeout;
    return run(check, world());
  }
  Outcome tables(const std::vector<std::string>& names) { return run({.name = "c", .tables = names}, world()); }
  World world() const {
    return {.database = &target_, .read_heads = [](postgres::Session&) { return std::vector<std::string>{"b", "a"}; }};
  }

  std::string url_ = PostgresServer::shared().new_database();
  postgres::Target target_ = postgres::Target::parse(url_);
};

TEST_F(DatabaseChecks, PassWhenTheAnswerIsTrue) {
  const Outcome outcome = sql("select count(*) > 10 from pg_class");
  EXPECT_TRUE(outcome.passed) << outcome.reason;
  EXPECT_EQ(outcome.attempts, 1);
}

TEST_F(DatabaseChecks, SayWhatElseCameBackButNeverTheValue) {
  EXPECT_EQ(sql("select false").reason, "returned false");
  EXPECT_EQ(sql("select null::boolean").reason, "returned NULL instead of true");
  EXPECT_EQ(sql("select true where false").reason, "returned 0 rows instead of one");
  EXPECT_EQ(sql("select true, true").reason, "returned 2 columns instead of one");
  EXPECT_THAT(sql("select 'hunter2'").reason, AllOf(HasSubstr("other than true"), Not(HasSubstr("hunter2"))));
}

TEST_F(DatabaseChecks, CannotWrite) {
  PostgresServer::psql(url_, "create table t (id int)");
  EXPECT_THAT(sql("with w as (insert into t values (1) returning id) select true from w").reason,
              HasSubstr("read-only transaction"));
}

TEST_F(DatabaseChecks, SayWhyTheStatementFailed) {
  EXPECT_THAT(sql("select true from missing").reason, HasSubstr("\"missing\" does not exist"));
}

TEST_F(DatabaseChecks, AreOverInTime) {
  const Outcome outcome = sql("select pg_sleep(30) is null", milliseconds(300));
  EXPECT_EQ(outcome.reason, "no answer in time");
}

TEST_F(DatabaseChecks, AreOverInTimeWhereTheServerNeverAnswers) {
  const SilentListener listener;
  target_ = postgres::Target::parse("postgresql://u@127.0.0.1:" + std::to_string(listener.port()) + "/d");
  const Outcome outcome = sql("select true", milliseconds(500));
  EXPECT_EQ(outcome.reason, "no answer in time");
  EXPECT_EQ(outcome.no_answer, report::ExitCode::kNotNow);
}

TEST_F(DatabaseChecks, FindTablesWithAndWithoutASchema) {
  PostgresServer::psql(url_,
                       "create schema app; create table app.t (id int); create view v as select 1; create table "
                       "\"Odd\" (id int); create index i on app.t (id)");
  EXPECT_TRUE(tables({"app.t", "v", "\"Odd\""}).passed);
  EXPECT_EQ(tables({"app.t", "t", "app.i", "app.u"}).reason, "missing: t, app.i, app.u");
}

TEST_F(DatabaseChecks, CompareTheHeadsInAnyOrder) {
  EXPECT_TRUE(run({.name = "c", .heads = {"a", "b"}}, world()).passed);
  EXPECT_EQ(run({.name = "c", .heads = {"a"}}, world()).reason, "the heads are a, b, expected a");
}

// docs/resource.md: retries are any check's
TEST_F(DatabaseChecks, ReadTheHeadsAgainEachTime) {
  World moving = world();
  std::vector<std::string> heads;
  moving.read_heads = [&heads](postgres::Session&) {
    heads.push_back("a");
    return heads;
  };
  spec::Check check{.name = "c", .heads = {"a", "a", "a"}, .retries = 5};
  check.interval = milliseconds(10);
  EXPECT_EQ(run(check, moving).attempts, 3);
}

TEST_F(DatabaseChecks, AreTriedAgainAsOftenAsAsked) {
  spec::Check check{.name = "c", .sql = "select count(*) = 1 from pg_tables where tablename = 'late'"};
  check.retries = 500;
  check.interval = milliseconds(10);
  support::Program late({"psql", "-Xq", "-d", url_, "-c", "select pg_sleep(0.3)", "-c", "create table late (id int)"});
  const Outcome outcome = run(check, world());
  EXPECT_TRUE(outcome.passed);
  EXPECT_GT(outcome.attempts, 1);
}

TEST_F(DatabaseChecks, StopAtTheFirstThatFails) {
  std::vector<std::string> told;
  const std::vector<Outcome> outcomes =
      run_all({{.name = "first", .sql = "select true"},
               {.name = "second", .sql = "select false"},
               {.name = "third", .sql = "select true"}},
              world(), [&told](const Outcome& outcome) { told.push_back(outcome.name); });
  EXPECT_THAT(told, ElementsAre("first", "second"));
  EXPECT_FALSE(outcomes.back().passed);
}

TEST_F(DatabaseChecks, StopWhenTheyAreCancelled) {
  World cancelled = world();
  const auto start = std::chrono::steady_clock::now();
  cancelled.cancelled = [start] { return std::chrono::steady_clock::now() - start > milliseconds(200); };
  const Outcome outcome = run({.name = "c", .sql = "select pg_sleep(30) is null", .retries = 3}, cancelled);
  EXPECT_EQ(outcome.reason, "cancelled");
}

class HttpChecks : public testing::Test {
 protected:
  static Outcome ask(const std::string& url, milliseconds timeout = milliseconds(10000), const std::string& ca = "",
                     int status = 200, int retries = 0) {
    spec::Check check{.name = "api", .http = spec::HttpCheck{.url = url, .status = status}};
    check.timeout = timeout;
    check.retries = retries;
    check.interval = milliseconds(10);
    return run(check, {.ca_file = ca});
  }
  HttpServer server_;
};

TEST_F(HttpChecks, PassWithTheStatusThatIsExpected) {
  EXPECT_TRUE(ask(server_.url("/ok")).passed);
  EXPECT_TRUE(ask(server_.url("/missing"), milliseconds(10000), "", 404).passed);
}

TEST_F(HttpChecks, SayWhichStatusCameAndNothingOfTheBody) {
  const Outcome outcome = ask(server_.url("/missing?token=hunter2"));
  EXPECT_THAT(outcome.reason, AllOf(HasSubstr("/missing: status 404, expected 200"), Not(HasSubstr("secret")),
                                    Not(HasSubstr("hunter2"))));
}

TEST_F(HttpChecks, DoNotFollowARedirect) { EXPECT_THAT(ask(server_.url("/redirect")).reason, HasSubstr("status 302")); }

TEST_F(HttpChecks, SendTheHeadersThatAreGiven) {
  const spec::HttpCheck with{.url = server_.url("/header"), .headers = {{"X-Test", "yes"}}};
  EXPECT_TRUE(run({.name = "api", .http = with}, {}).passed);
  EXPECT_FALSE(ask(server_.url("/header")).passed);
}

TEST_F(HttpChecks, SendNoHeaderThatWouldBecomeTwo) {
  const spec::HttpCheck with{.url = server_.url("/header"), .headers = {{"X-Other", "a\r\nX-Test: yes"}}};
  const Outcome outcome = run({.name = "api", .http = with}, {});
  EXPECT_FALSE(outcome.passed);
  EXPECT_THAT(outcome.reason, HasSubstr("/header: a header holds the end of a line"));
}

TEST_F(HttpChecks, LetAGivenHeaderTakeTheOwnOnesPlace) {
  const spec::HttpCheck with{.url = server_.url("/header"), .headers = {{"host", "shop"}, {"x-test", "yes"}}};
  EXPECT_TRUE(run({.name = "api", .http = with}, {}).passed);
}

TEST_F(HttpChecks, AreTriedAgain) {
  const Outcome outcome = ask(server_.url("/flaky"), milliseconds(10000), "", 200, 3);
  EXPECT_TRUE(outcome.passed);
  EXPECT_EQ(outcome.attempts, 2);
}

TEST_F(HttpChecks, ThatAreNeverAnsweredAreOverInTime) {
  for (const std::string path : {"/silent", "/drip"}) {
    const Outcome outcome = ask(server_.url(path), milliseconds(500));
    EXPECT_THAT(outcome.reason, HasSubstr("no answer in time"));
  }
}

TEST_F(HttpChecks, SayWhenNobodyListens) {
  const std::string url = "http://127.0.0.1:" + std::to_string(support::free_port()) + "/";
  EXPECT_THAT(ask(url).reason, HasSubstr("Connection refused"));
}

TEST_F(HttpChecks, SayWhenANameDoesNotExist) {
  EXPECT_THAT(ask("http://no-such-host.invalid/", milliseconds(5000)).reason, HasSubstr("no-such-host.invalid"));
}

TEST_F(HttpChecks, SayWhenTheUrlIsNone) { EXPECT_THAT(ask("api/health").reason, HasSubstr("not a URL")); }

TEST(HttpsChecks, TrustTheCaFileThatIsGiven) {
  const HttpServer server(HttpServer::Kind::kTls);
  spec::Check check{.name = "api", .http = spec::HttpCheck{.url = server.url("/ok")}};
  const Outcome outcome = run(check, {.ca_file = server.ca_file()});
  EXPECT_TRUE(outcome.passed) << outcome.reason;
}

TEST(HttpsChecks, RefuseAnUnknownIssuer) {
  const HttpServer server(HttpServer::Kind::kTls);
  spec::Check check{.name = "api", .http = spec::HttpCheck{.url = server.url("/ok")}};
  EXPECT_THAT(run(check, {}).reason, HasSubstr("TLS: certificate verify failed: self-signed certificate"));
}

TEST(HttpsChecks, RefuseACertificateOfAnotherName) {
  const HttpServer server(HttpServer::Kind::kTls);
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/ok";
  spec::Check check{.name = "api", .http = spec::HttpCheck{.url = url}};
  EXPECT_THAT(run(check, {.ca_file = server.ca_file()}).reason,
              HasSubstr("certificate verify failed: IP address mismatch"));
}

TEST(HttpsChecks, AreOverInTimeWhereTheHandshakeIsNeverAnswered) {
  const SilentListener silent;
  const std::string url = "https://127.0.0.1:" + std::to_string(silent.port()) + "/ok";
  spec::Check check{.name = "api", .http = spec::HttpCheck{.url = url}};
  check.timeout = milliseconds(500);
  const Outcome outcome = run(check, {});
  EXPECT_THAT(outcome.reason, HasSubstr("no answer in time"));
}

TEST(TcpChecks, PassWhereSomebodyListens) {
  const HttpServer server;
  EXPECT_TRUE(run({.name = "t", .tcp = spec::TcpCheck{.host = "127.0.0.1", .port = server.port()}}, {}).passed);
}

TEST(TcpChecks, SayWhereNobodyListens) {
  const int port = support::free_port();
  EXPECT_THAT(run({.name = "t", .tcp = spec::TcpCheck{.host = "127.0.0.1", .port = port}}, {}).reason,
              HasSubstr("can't connect to 127.0.0.1 port " + std::to_string(port) + ": Connection refused"));
}

}  // namespace
}  // namespace checks
