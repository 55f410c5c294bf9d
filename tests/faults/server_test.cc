// Servers in trouble (issue 3, "Bad input and faults"; guides S4: a clear message for each).
#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/migrator_world.h"
#include "tests/support/port.h"

using support::eventually;
using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::PostgresServer;
using support::Program;
using testing::HasSubstr;

namespace {

std::string with_url(const std::string& url) { return "SLUICE_DATABASE_URL=" + url; }

std::string lock_pid(const MigratorWorld& world) {
  return world.ask(
      "SELECT min(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE locktype = 'advisory' AND granted"
      " AND a.state = 'idle' AND a.datname = current_database()");
}

}  // namespace

TEST(ServerTrouble, WrongPassword) {
  const MigratorWorld world;
  world.tables(1);
  std::string url = world.server().url_as(world.url(), "app", "the-password");
  url.replace(url.find("the-password"), 12, "not-this-one");
  const Finished run = world.sluice({"run"}, {with_url(url)});
  EXPECT_EQ(run.code, 11);
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("not-this-one")));
}

// Each of these has broken a URL that somebody put together; ours goes by parts, to pg_dump too.
TEST(Credentials, OfAnyCharactersWorkInParts) {
  const MigratorWorld world;
  world.tables(1);
  const std::string password = R"(p@ss/w:rd?#%41&"\ $(x) =it's)";
  const std::string url = world.server().url_as(world.url(), "odd", "x");
  const std::string database = url.substr(url.rfind('/') + 1);
  world.ask("ALTER ROLE odd PASSWORD 'p@ss/w:rd?#%41&\"\\ $(x) =it''s'; ALTER DATABASE " + database +
            " OWNER TO odd;"
            " GRANT ALL ON SCHEMA public TO odd; CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO odd");
  const Finished run =
      world.sluice({"run", "--backup", "full", "--backup-dir", world.backups()},
                   {"SLUICE_DATABASE_URL=", "PGHOST=127.0.0.1", "PGPORT=" + std::to_string(world.server().port()),
                    "PGDATABASE=" + database, "PGUSER=odd", "PGPASSWORD=" + password});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("\"event\":\"backup done\""));
  EXPECT_EQ(world.versions(), "001");
}

TEST(ServerTrouble, UnknownDatabase) {
  const MigratorWorld world;
  world.tables(1);
  EXPECT_EQ(world.sluice({"run"}, {with_url(world.server().url("no_such_database"))}).code, 11);
}

TEST(ServerTrouble, Unreachable) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice(
      {"run"}, {with_url("postgresql://postgres@127.0.0.1:" + std::to_string(support::free_port()) + "/x")});
  EXPECT_EQ(run.code, 10);
  // Not the maintenance database's refusal, which was asked whether a restore had closed this one.
  EXPECT_THAT(last_value(run.out, "message"), AllOf(HasSubstr("127.0.0.1"), HasSubstr("/x as postgres")));
}

TEST(ServerTrouble, TlsRefused) {
  const MigratorWorld world;
  world.tables(1);
  const std::string url = world.server().url_as(world.url(), "app", "secret");
  world.ask("GRANT CREATE ON SCHEMA public TO app");
  const Finished run = world.sluice({"run"}, {with_url(url + "?sslmode=require")});
  EXPECT_EQ(run.code, 11) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("server does not support SSL"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
  // Nothing else stood in its way.
  EXPECT_EQ(world.sluice({"run"}, {with_url(url + "?sslmode=prefer")}).code, 0);
}

// guides S4: the privilege that is missing, and the GRANT that gives it
TEST(ServerTrouble, MissingPrivilege) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"run"}, {with_url(world.server().url_as(world.url(), "app", "secret"))});
  EXPECT_EQ(run.code, 11) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("GRANT CREATE ON SCHEMA"));
}

// run-protocol, State: the ledger's schema where CREATE SCHEMA isn't allowed
TEST(ServerTrouble, NoRightToCreateSchemas) {
  const MigratorWorld world;
  world.tables(2);
  const std::string url = world.server().url_as(world.url(), "app", "secret");
  world.ask("GRANT CREATE ON SCHEMA public TO app");
  const Finished run = world.sluice({"run"}, {with_url(url)});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.ask("SELECT count(*) FROM public.sluice_run"), "1");
  EXPECT_THAT(world.sluice({"run"}, {with_url(url)}).out, HasSubstr("nothing to do"));
}

TEST(ServerTrouble, Standby) {
  const auto server = PostgresServer::start({"default_transaction_read_only = off"});
  const MigratorWorld world(*server);
  world.tables(1);
  support::run_program({"touch", server->data_folder() + "/standby.signal"});
  server->restart();
  const Finished run = world.sluice({"run"});
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("standby"));
}

// run-protocol, Going back 4: preflight says when the server is newer than the tools
TEST(ServerTrouble, NewerThanPgDump) {
  const MigratorWorld world;
  world.tables(1);
  for (const char* tool : {"pg_dump", "pg_restore"}) {
    world.file(std::string("../bin/") + tool, std::string("#!/bin/sh\necho '") + tool + " (PostgreSQL) 11.22'\n");
    support::run_program({"chmod", "+x", world.folder() + "/bin/" + tool});
  }
  const Finished run = world.sluice({"upgrade", "--backup-dir", world.backups(), "--pg-bin", world.folder() + "/bin"});
  EXPECT_EQ(run.code, 32) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("11"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NULL"), "t");
}

// run-protocol, Lock 3: lock lost = stop before the next message
TEST(ServerTrouble, LockSessionAloneKilled) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\nSELECT pg_advisory_lock_shared(4242);\n");
  world.revision(2, "CREATE TABLE t2(id int);");
  // Holds the run inside revision 1 until the lock session is gone.
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "SELECT pg_advisory_lock(4242)", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(60)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  Program run(world.command({"run"}), world.environment());
  ASSERT_TRUE(eventually([&] {
    return world.ask(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = "
               "current_database()") == "1";
  }));
  world.ask("SELECT pg_terminate_backend(" + lock_pid(world) + ")");
  world.ask(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> "
      "pg_backend_pid()");
  const Finished ended = run.wait();
  EXPECT_EQ(ended.code, 10) << ended.out;
  EXPECT_EQ(world.ask("SELECT to_regclass('t2') IS NULL"), "t");
  EXPECT_EQ(world.sluice({"run"}).code, 0);
  EXPECT_EQ(world.versions(), "002");
}

// run-protocol, Lock 5: refused before the lock is taken, which the proxy would leave with a connection of others
TEST(ServerTrouble, TransactionPooling) {
  const MigratorWorld world;
  world.tables(1);
  const std::string port = std::to_string(support::free_port());
  world.file("../pgbouncer.ini", "[databases]\napp = host=" + world.server().socket_folder() +
                                     " port=" + std::to_string(world.server().port()) +
                                     " dbname=" + world.ask("SELECT current_database()") +
                                     " user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " + port +
                                     "\nauth_type = any\nunix_socket_dir =\npool_mode = transaction\n");
  ::chmod(world.folder().c_str(), 0755);
  std::vector<std::string> argv = {"/usr/sbin/pgbouncer", world.folder() + "/pgbouncer.ini"};
  if (::geteuid() == 0) argv.insert(argv.begin() + 1, {"-u", "postgres"});
  Program pooler(argv);
  const std::string url = "postgresql://postgres@127.0.0.1:" + port + "/app?sslmode=disable";
  ASSERT_TRUE(eventually([&] { return support::run_program({"psql", "-Xqc", "SELECT 1", "-d", url}).code == 0; }));
  const Finished run = world.sluice({"run"}, {with_url(url)});
  EXPECT_EQ(run.code, 2) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("pool"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
                      "pg_database WHERE datname = current_database())"),
            "0");
}

// A health check that never answers is over after its time: the server takes the request, and stays for ever.
TEST(ServerTrouble, HealthCheckThatNeverAnswers) {
  const MigratorWorld world;
  world.tables(1);
  const std::string address = "127.0.0.1:" + std::to_string(support::free_port());
  Program silent({"python3", "-c",
                  "import signal,socket,sys\nhost,port=sys.argv[1].split(':')\ns=socket.socket()\n"
                  "s.bind((host,int(port)))\ns.listen(8)\nprint('listens',flush=True)\nsignal.pause()",
                  address});
  ASSERT_TRUE(silent.wait_for_output("listens"));
  Program run(
      world.command({"run"}),
      world.environment(
          {R"(SLUICE_SPEC={"database":{"urlFrom":{"secretKeyRef":{"name":"db","key":"url"}}},"migrations":{"configMaps":["x"]},"checks":{"after":[)"
           R"({"name":"api","http":{"url":"http://)" +
           address + R"(/"},"timeout":"1s"}]}})"}));
  ASSERT_TRUE(eventually([&] { return !run.is_running(); })) << "still asks";
  EXPECT_TRUE(silent.is_running());
  const Finished ended = run.wait();
  EXPECT_EQ(ended.code, 24) << ended.out << ended.err;
  EXPECT_THAT(last_value(ended.out, "message"), AllOf(HasSubstr("http://" + address + "/: "), HasSubstr("in time")));
  EXPECT_EQ(world.versions(), "001");
}

// PostgreSQL stopped (-m immediate) in mid-run: retried later, nothing twice, nothing lost.
TEST(ServerTrouble, StoppedInMidRun) {
  const auto server = PostgresServer::start();
  const MigratorWorld world(*server), untroubled;
  for (const MigratorWorld* each : {&world, &untroubled}) {
    each->tables(40);
    each->revision(37, "CREATE TABLE t37 (id int);\nSELECT pg_advisory_lock_shared(4242);\n");
  }
  ASSERT_EQ(untroubled.sluice({"run"}).code, 0);
  // Holds the run inside revision 37 until the server goes down.
  Program holder({"psql", "-Xq", "-d", world.url(), "-c", "SELECT pg_advisory_lock(4242)", "-c", "\\echo held", "-c",
                  "SELECT pg_sleep(60)"});
  ASSERT_TRUE(holder.wait_for_output("held"));
  Program run(world.command({"run"}), world.environment());
  ASSERT_TRUE(run.wait_for_output("\"step\":\"036\""));
  server->stop_immediate();
  const Finished stopped = run.wait();
  EXPECT_EQ(stopped.code, 10) << stopped.out;
  server->restart();
  const Finished rest = world.sluice({"run"});
  EXPECT_EQ(rest.code, 0) << rest.out;
  EXPECT_EQ(world.schema(), untroubled.schema());
  EXPECT_EQ(world.versions(), "040");
  EXPECT_EQ(world.succeeded(), untroubled.succeeded());
  EXPECT_EQ(
      world.ask("SELECT count(*) - count(DISTINCT revision) FROM sluice.sluice_journal WHERE result = 'succeeded'"),
      "0");
}
