// The ground under the other tests.
#include <gtest/gtest.h>

#include "tests/support/postgres_server.h"

using support::PostgresServer;

TEST(PostgresServer, GivesEachTestADatabaseOfItsOwn) {
  PostgresServer& server = PostgresServer::shared();
  const std::string one = server.new_database(), other = server.new_database();
  PostgresServer::psql(one, "CREATE TABLE here(id int)");
  EXPECT_EQ(PostgresServer::psql(other, "SELECT to_regclass('here') IS NULL"), "t");
}

TEST(PostgresServer, AsksForAPasswordOverTcp) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.url_as(server.new_database(), "app", "tell-nobody");
  EXPECT_EQ(PostgresServer::psql(url, "SELECT current_user"), "app");
  std::string wrong = url;
  wrong.replace(wrong.find("tell-nobody"), 11, "wrong");
  EXPECT_THROW(PostgresServer::psql(wrong, "SELECT 1"), std::runtime_error);
}

TEST(PostgresServer, ComesBackAfterAnImmediateStop) {
  const auto server = PostgresServer::start();
  const std::string url = server->new_database();
  PostgresServer::psql(url, "CREATE TABLE kept(id int); CHECKPOINT");
  server->stop_immediate();
  EXPECT_THROW(PostgresServer::psql(url, "SELECT 1"), std::runtime_error);
  server->restart();
  EXPECT_EQ(PostgresServer::psql(url, "SELECT count(*) FROM kept"), "0");
}

TEST(PostgresServer, SpeaksTlsWhenAsked) {
  const auto server = PostgresServer::start({"ssl = on"});
  const std::string url = server->url_as(server->url("postgres"), "app", "secret") + "?sslmode=require";
  EXPECT_EQ(PostgresServer::psql(url, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "t");
}

TEST(Program, TellsCodeAndOutput) {
  const support::Finished done = support::run_program({"sh", "-c", "echo $WORD; echo no >&2; exit 3"}, {"WORD=yes"});
  EXPECT_EQ(done.code, 3);
  EXPECT_EQ(done.out, "yes\n");
  EXPECT_EQ(done.err, "no\n");
}

TEST(Program, SeesOutputWhileItRuns) {
  support::Program program({"sh", "-c", "echo ready; exec sleep 60"});
  EXPECT_TRUE(program.wait_for_output("ready"));
  EXPECT_TRUE(program.is_running());
  program.signal(9);
  EXPECT_EQ(program.wait().code, 137);
}
