// A server in recovery: never "nothing to do", and what would write is tried again later.
#include <gtest/gtest.h>

#include <fstream>

#include "common/error.h"
#include "migrator/journal/journal.h"
#include "migrator/postgres/apply.h"
#include "tests/support/postgres_server.h"

namespace {

using postgres::Session;
using postgres::Target;
using support::PostgresServer;

/// A server that was a primary, holds a finished run, and is a hot standby now.
class Standby : public testing::Test {
 protected:
  Standby() {
    {
      Session session = Session::open(target);
      tables.ensure(session);
      session.execute(
          "CREATE TABLE alembic_version (version_num varchar(255)); INSERT INTO alembic_version VALUES ('a')");
      session.execute(tables.start_run_sql({.run = "r1", .digest = "d", .target = "heads"}));
      session.execute(
          tables.finish_run_sql({.run = "r1", .digest = "d", .heads = {"a"}, .result = "succeeded", .exit_code = 0}));
    }
    server->stop_immediate();
    std::ofstream(server->data_folder() + "/standby.signal");
    server->restart();
  }

  std::unique_ptr<PostgresServer> server = PostgresServer::start();
  Target target = Target::parse(server->new_database());
  journal::Journal tables{"public.alembic_version", "public"};
};

// run-protocol, State: "Never on a standby."
TEST_F(Standby, NeverSaysNothingToDo) {
  Session session = Session::open(target);
  ASSERT_EQ(session.query("SELECT pg_is_in_recovery()")[0][0], "t");
  EXPECT_EQ(tables.unchanged_since(session, "d", "\"public\".\"alembic_version\""), std::nullopt);
}

// run-protocol, Exit codes: 25006
TEST_F(Standby, IsNotNowForWhoeverWantsToApply) {
  const postgres::Keys keys = postgres::keys_for("public.alembic_version");
  postgres::RunLock lock = postgres::RunLock::acquire(target, keys, {});
  postgres::Applier applier(target, keys, lock, {});
  const revisions::Script script{"a.sql", "CREATE TABLE a (id int)", ""};
  const std::optional<postgres::StepError> failed = applier.apply({.name = "a", .script = &script});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "25006");
  EXPECT_EQ(failed->code, report::ExitCode::kNotNow);
}

}  // namespace
