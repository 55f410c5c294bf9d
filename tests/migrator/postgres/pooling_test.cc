// A proxy that pools transactions gives our locks to whoever comes next: it is refused (run-protocol, Lock 5).
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "migrator/postgres/apply.h"
#include "migrator/postgres/lock.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using postgres::Session;
using postgres::Target;
using support::PostgresServer;

/// Debian's pgbouncer in front of one database of the shared server.
class Bouncer {
 public:
  explicit Bouncer(const std::string& pool_mode, int pool_size = 20, const std::string& more = "") {
    PostgresServer& server = PostgresServer::shared();
    Target direct = Target::parse(server.new_database());
    const std::string ini = folder_.write(
        "pgbouncer.ini",
        "[databases]\napp = host=" + server.socket_folder() + " port=" + std::to_string(server.port()) +
            " dbname=" + direct.database() + " user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n" +
            "listen_port = " + std::to_string(port_) + "\nauth_type = any\nunix_socket_dir =\n" +
            "pool_mode = " + pool_mode + "\ndefault_pool_size = " + std::to_string(pool_size) + "\n" + more);
    chmod(folder_.path().c_str(), 0755);
    std::vector<std::string> argv{"/usr/sbin/pgbouncer", ini};
    if (geteuid() == 0) argv.insert(argv.begin() + 1, {"-u", "postgres"});
    program_.emplace(argv);
    if (!support::eventually([this] { return answers(); })) throw std::runtime_error("pgbouncer doesn't answer");
  }
  Target target() const {
    return Target::parse("postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/app?sslmode=disable");
  }

 private:
  bool answers() const {
    try {
      Session::open(target()).query("SELECT 1");
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  support::TemporaryFolder folder_;
  int port_ = support::free_port();
  std::optional<support::Program> program_;
};

report::ExitCode verdict(const Target& target) {
  Session first = Session::open(target);
  try {
    postgres::refuse_transaction_pooling(target, first);
  } catch (const Error& error) {
    return error.code;
  }
  return report::ExitCode::kDone;
}

TEST(Pooling, PassesAServerWithoutProxy) {
  EXPECT_EQ(verdict(Target::parse(PostgresServer::shared().new_database())), report::ExitCode::kDone);
}

TEST(Pooling, RefusesAProxyThatPoolsTransactions) {
  EXPECT_EQ(verdict(Bouncer("transaction").target()), report::ExitCode::kUsage);
}

TEST(Pooling, RefusesATransactionPoolOfOneConnection) {
  EXPECT_EQ(verdict(Bouncer("transaction", 1).target()), report::ExitCode::kUsage);
}

TEST(Pooling, RefusesAProxyThatPoolsStatements) {
  EXPECT_EQ(verdict(Bouncer("statement").target()), report::ExitCode::kUsage);
}

TEST(Pooling, PassesAProxyThatPoolsWholeSessions) {
  EXPECT_EQ(verdict(Bouncer("session").target()), report::ExitCode::kDone);
}

// run-protocol, A transactional step 4: where a pooler drops start-up options they are SET.
TEST(Pooling, SetsWhatAProxyWouldNotTakeAtStartUp) {
  const Bouncer bouncer("session");
  Session session = Session::open(bouncer.target(), {.lock_timeout = std::chrono::seconds(7)});
  EXPECT_EQ(session.query("SHOW lock_timeout")[0][0], "7s");
}

// run-protocol, A transactional step 4
TEST(Pooling, KeepsTheTimeoutsThroughAResetBehindAProxy) {
  const Bouncer bouncer("session");
  const postgres::Keys keys = postgres::keys_for("l");
  postgres::RunLock lock = postgres::RunLock::acquire(bouncer.target(), keys, {});
  postgres::ApplyOptions options;
  options.lock_timeout = std::chrono::seconds(7);
  postgres::Applier applier(bouncer.target(), keys, lock, options);
  const revisions::Script first{"a.sql", "SET lock_timeout = 1", ""};
  const revisions::Script second{"b.sql", "CREATE TABLE a AS SELECT current_setting('lock_timeout') AS v", ""};
  EXPECT_FALSE(applier.apply({.name = "a", .script = &first}));
  EXPECT_FALSE(applier.apply({.name = "b", .script = &second}));
  EXPECT_EQ(Session::open(bouncer.target()).query("SELECT v FROM a")[0][0], "7s");
}

}  // namespace
