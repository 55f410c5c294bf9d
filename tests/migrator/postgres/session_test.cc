// One connection in autocommit: what comes back, and which error for which cause.
#include "migrator/postgres/session.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <thread>

#include "common/error.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using postgres::Rows;
using postgres::Session;
using postgres::Target;
using support::PostgresServer;

Target new_database() { return Target::parse(PostgresServer::shared().new_database()); }

report::ExitCode code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code;
  }
  return report::ExitCode::kDone;
}

/// Of this process's TCP connections to the port: how long each is silent before the kernel asks the other end.
std::vector<int> keepalive_seconds_towards(int port) {
  std::vector<int> found;
  for (int file = 0; file < 1024; ++file) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(file, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.sin_family != AF_INET || ntohs(peer.sin_port) != port) continue;
    int on = 0, seconds = 0;
    socklen_t length = sizeof on;
    ::getsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &on, &length);
    ::getsockopt(file, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, &length);
    found.push_back(on != 0 ? seconds : 0);
  }
  return found;
}

TEST(Session, GivesRowsAsTextAndNullsAsNone) {
  Session session = Session::open(new_database());
  const Rows rows = session.query("SELECT 1, NULL, $1::text", {std::string("x")});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0][0], "1");
  EXPECT_FALSE(rows[0][1].has_value());
  EXPECT_EQ(rows[0][2], "x");
}

// A snapshot is good on one server only.
TEST(Session, NamesTheOneServerItIsWithAmongSeveral) {
  const std::string folder = PostgresServer::shared().socket_folder();
  const Target several = new_database().with("host", "/nowhere," + folder);
  EXPECT_EQ(Session::open(several).here(several).keywords().at("host"), folder);
}

TEST(Session, TakesNullParameters) {
  Session session = Session::open(new_database());
  EXPECT_EQ(session.query("SELECT $1::int IS NULL", {std::nullopt})[0][0], "t");
}

TEST(Session, SendsItsSettingsAtStartUpSoThatResetReturnsToThem) {
  Session session = Session::open(
      new_database(), {.lock_timeout = std::chrono::seconds(7), .idle_forever = true, .die_with_client = true});
  session.execute("SET lock_timeout = 1; RESET ALL");
  EXPECT_EQ(session.query("SHOW lock_timeout")[0][0], "7s");
  EXPECT_EQ(session.query("SHOW client_connection_check_interval")[0][0], "1s");
}

// run-protocol, Lock 2: what forgets silent connections stands between a run and its database in many clusters.
TEST(Session, KeepsItsConnectionAliveFromBothEndsWhileItIdles) {
  PostgresServer& server = PostgresServer::shared();
  const Target target = Target::parse(server.url_as(server.new_database(), "session_idle", "x"));
  Session session = Session::open(target, {.idle_forever = true});
  EXPECT_EQ(session.query("SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name LIKE "
                          "'tcp\\_keepalives%'")[0][0],
            "3 30 10");
  EXPECT_EQ(keepalive_seconds_towards(server.port()), std::vector<int>{30});
}

TEST(Session, LeavesKeepalivesAsTheUrlSays) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.url_as(server.new_database(), "session_idle", "x");
  Session session = Session::open(Target::parse(url + "?keepalives_idle=77"));
  EXPECT_EQ(keepalive_seconds_towards(server.port()), std::vector<int>{77});
}

TEST(Session, CallsAWrongPasswordNotAllowed) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.url_as(server.new_database(), "session_login", "right");
  const Target target = Target::parse(url).with("password", "wrong");
  EXPECT_EQ(code_of([&] { Session::open(target); }), report::ExitCode::kNotAllowed);
}

TEST(Session, CallsAMissingDatabaseNotAllowed) {
  const Target target = new_database().with_database("nowhere");
  EXPECT_EQ(code_of([&] { Session::open(target); }), report::ExitCode::kNotAllowed);
}

TEST(Session, CallsRefusedTlsNotAllowed) {
  PostgresServer& server = PostgresServer::shared();
  const Target target =
      Target::parse(server.url_as(server.new_database(), "session_tls", "x")).with("sslmode", "require");
  EXPECT_EQ(code_of([&] { Session::open(target); }), report::ExitCode::kNotAllowed);
}

TEST(Session, CallsAnUnreachableServerNotNow) {
  const std::string url = "postgresql://u:s3cret@127.0.0.1:" + std::to_string(support::free_port()) + "/d";
  EXPECT_EQ(code_of([&] { Session::open(Target::parse(url)); }), report::ExitCode::kNotNow);
}

TEST(Session, CallsAMissingPrivilegeNotAllowed) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.new_database();
  Session::open(Target::parse(url)).execute("CREATE TABLE private_table (a int)");
  Session session = Session::open(Target::parse(server.url_as(url, "session_nobody", "x")));
  EXPECT_EQ(code_of([&] { session.query("SELECT * FROM private_table"); }), report::ExitCode::kNotAllowed);
}

TEST(Session, ThrowsPermanentErrorForWrongSqlAndStaysUsable) {
  Session session = Session::open(new_database());
  EXPECT_THROW(session.query("SELECT * FROM nowhere"), PermanentError);
  EXPECT_EQ(session.query("SELECT 2")[0][0], "2");
}

TEST(Session, ShowsNoValueOfARow) {
  Session session = Session::open(new_database());
  try {
    session.query("SELECT ('s3cret' || random())::int");
    FAIL() << "no error";
  } catch (const PermanentError& error) {
    EXPECT_EQ(std::string(error.what()).find("s3cret"), std::string::npos) << error.what();
  }
}

// postgres-facts, 0.6: libpqxx 6 reconnects silently.
TEST(Session, NeverReconnectsWhenItsBackendWasKilled) {
  const Target target = new_database();
  Session session = Session::open(target);
  Session::open(target).query("SELECT pg_terminate_backend($1)", {std::to_string(session.backend_pid())});
  EXPECT_TRUE(support::eventually([&] { return !session.is_alive(); }));
  for (int use = 0; use < 4; ++use) EXPECT_THROW(session.query("SELECT 1"), Error);
}

TEST(Session, KnowsThatItIsAlive) {
  Session session = Session::open(new_database());
  EXPECT_TRUE(session.is_alive());
}

TEST(Session, CancelsWhatRunsFromAnotherThread) {
  const Target target = new_database();
  Session session = Session::open(target);
  std::thread other([&] {
    Session looking = Session::open(target);
    support::eventually([&] {
      return looking.query("SELECT state FROM pg_stat_activity WHERE pid = $1",
                           {std::to_string(session.backend_pid())})[0][0] == "active";
    });
    session.cancel();
  });
  EXPECT_THROW(session.query("SELECT pg_sleep(60)"), TransientError);
  other.join();
}

}  // namespace
