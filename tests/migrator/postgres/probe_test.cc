// "Already done?": what a killed run may have left of a statement that can't run in a transaction.
#include <thread>

#include "tests/migrator/postgres/outside_fixture.h"

namespace apply_test {
namespace {

class Probe : public OutsideFixture {};

class Partition : public OutsideFixture {
 protected:
  Partition() {
    look.execute("CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)");
  }
};

// run-protocol, A non-transactional step 1: index valid with the same definition
TEST_F(Probe, TakesAnIndexThatAKilledRunBuiltAsDone) {
  for (const char* const create : {"CREATE INDEX CONCURRENTLY i ON t (v)",
                                   "CREATE UNIQUE INDEX CONCURRENTLY i ON t USING btree (lower(v) DESC) WHERE id > 3",
                                   "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY public.t (id) INCLUDE (v) WITH "
                                   "(fillfactor = 70) WHERE t.v <> ''"}) {
    look.execute(create);
    EXPECT_FALSE(resume(create, 0)) << create;
    EXPECT_TRUE(is_valid("i"));
    look.execute("DROP INDEX i");
  }
}

// run-protocol, A non-transactional step 1
TEST_F(Probe, DoesNotTakeAnotherDefinitionAsDone) {
  look.execute("CREATE INDEX i ON t (id)");
  const auto failed = resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42P07");
}

TEST_F(Probe, TellsAFirstRunThatTheIndexExists) {
  look.execute("CREATE INDEX i ON t (v)");
  const auto failed = apply_outside("CREATE INDEX CONCURRENTLY i ON t (v)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42P07");
}

// guides E11; a non-transactional step 1
TEST_F(Probe, DropsAndRebuildsAnInvalidIndexThatItNames) {
  leave_invalid_index("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)");
  ASSERT_FALSE(is_valid("i"));
  EXPECT_FALSE(resume("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (id)", 0));
  EXPECT_TRUE(is_valid("i"));
}

// run-protocol, A non-transactional step 1: only the index that this step names
TEST_F(Probe, LeavesOtherInvalidIndexesAlone) {
  leave_invalid_index("CREATE UNIQUE INDEX CONCURRENTLY other ON t (id)");
  EXPECT_FALSE(resume("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)", 0));
  EXPECT_TRUE(exists("other"));
  EXPECT_FALSE(is_valid("other"));
}

TEST_F(Probe, EndsHalfDoneWhenABuildLeavesAnInvalidIndex) {
  look.execute("INSERT INTO t VALUES (1, '1')");
  const auto failed = apply_outside("CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "23505");
  EXPECT_EQ(failed->code, ExitCode::kHalfDone);
}

// run-protocol, A non-transactional step 1: never while pg_stat_progress_create_index shows it being built
TEST_F(Probe, LeavesAnIndexThatIsBeingBuiltAlone) {
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session builder = Session::open(target);
  std::thread builds([&] { builder.execute("CREATE INDEX CONCURRENTLY i ON t (v)"); });
  ASSERT_TRUE(support::eventually([&] { return one("SELECT count(*) FROM pg_stat_progress_create_index") == "1"; }));
  const auto failed = resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
  writer.execute("COMMIT");
  builds.join();
  EXPECT_TRUE(is_valid("i"));
}

// Without pg_read_all_stats the view has no names of another role's build.
TEST_F(Probe, LeavesAnIndexThatAnotherRoleIsBuildingAlone) {
  const std::string app = support::PostgresServer::shared().url_as(url, "app", "secret");
  look.execute("ALTER TABLE t OWNER TO app; GRANT ALL ON ALL TABLES IN SCHEMA public TO app");
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session builder = Session::open(target);
  std::thread builds([&] { builder.execute("CREATE INDEX CONCURRENTLY i ON t (v)"); });
  ASSERT_TRUE(support::eventually([&] { return one("SELECT count(*) FROM pg_stat_progress_create_index") == "1"; }));
  ASSERT_TRUE(support::eventually([&] { return exists("i"); }));
  target = Target::parse(app);
  options.statement_timeout = std::chrono::seconds(5);
  const auto failed = resume("CREATE INDEX CONCURRENTLY i ON t (v)", 0);
  writer.execute("COMMIT");
  builds.join();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kNotNow);
  EXPECT_TRUE(is_valid("i"));
}

// run-protocol, A non-transactional step 1: dropped index gone
TEST_F(Probe, TakesADroppedIndexAsDroppedWhenItGoesOn) {
  EXPECT_FALSE(resume("DROP INDEX CONCURRENTLY gone", 0));
  EXPECT_EQ(done(), "s 1, s");
}

TEST_F(Probe, TellsAFirstRunThatTheIndexToDropIsMissing) {
  const auto failed = apply_outside("DROP INDEX CONCURRENTLY gone");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->sqlstate, "42704");
}

TEST_F(Probe, DropsAnIndexConcurrently) {
  look.execute("CREATE INDEX i ON t (v)");
  EXPECT_FALSE(apply_outside("DROP INDEX CONCURRENTLY i"));
  EXPECT_FALSE(exists("i"));
}

TEST_F(Partition, IsDetachedConcurrently) {
  EXPECT_FALSE(apply_outside("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY"));
  EXPECT_EQ(one("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass"), "0");
}

// run-protocol, A non-transactional step 1: partition detached
TEST_F(Partition, IsTakenAsDetachedWhenTheStepGoesOn) {
  look.execute("ALTER TABLE p DETACH PARTITION p1");
  EXPECT_FALSE(resume("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", 0));
}

// run-protocol, A non-transactional step 1: or pending (FINALIZE)
TEST_F(Partition, IsFinalizedWhenItsDetachWasInterrupted) {
  Session reader = Session::open(target);
  reader.execute("BEGIN; SELECT * FROM p");
  Session detaching = Session::open(target);
  std::thread detaches([&] {
    try {
      detaching.execute("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY");
    } catch (const Error&) {
    }
  });
  ASSERT_TRUE(
      support::eventually([&] { return one("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == "1"; }));
  detaching.cancel();
  detaches.join();
  reader.execute("COMMIT");
  EXPECT_FALSE(resume("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY", 0));
  EXPECT_EQ(one("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'p1'::regclass"), "0");
}

// run-protocol, A non-transactional step 1: _ccnew leftovers
TEST_F(Probe, CleansUpAfterABrokenReindex) {
  look.execute("CREATE INDEX i ON t (v)");
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session reindexing = Session::open(target);
  std::thread reindexes([&] {
    try {
      reindexing.execute("REINDEX INDEX CONCURRENTLY i");
    } catch (const Error&) {
    }
  });
  ASSERT_TRUE(support::eventually([&] { return exists("i_ccnew"); }));
  reindexing.cancel();
  reindexes.join();
  writer.execute("COMMIT");
  ASSERT_TRUE(exists("i_ccnew"));
  EXPECT_FALSE(resume("REINDEX INDEX CONCURRENTLY i", 0));
  EXPECT_FALSE(exists("i_ccnew"));
  EXPECT_TRUE(is_valid("i"));
}

// run-protocol, A non-transactional step 1: a long name is cut by whole characters to make room for the suffix
TEST_F(Probe, CleansUpAfterABrokenReindexOfALongName) {
  std::string name;
  for (int i = 0; i < 31; ++i) name += "ä";  // 62 bytes
  look.execute("CREATE INDEX \"" + name + "\" ON t (v); CREATE INDEX other ON t (v)");
  Session writer = Session::open(target);
  writer.execute("BEGIN; INSERT INTO t VALUES (99, 'x')");
  Session reindexing = Session::open(target);
  std::thread reindexes([&] {
    try {
      reindexing.execute("REINDEX INDEX CONCURRENTLY \"" + name + "\"");
    } catch (const Error&) {
    }
  });
  const std::string copies = "SELECT count(*) FROM pg_class WHERE relname ~ '_ccnew$'";
  ASSERT_TRUE(support::eventually([&] { return one(copies) == "1"; }));
  reindexing.cancel();
  reindexes.join();
  writer.execute("COMMIT");
  EXPECT_FALSE(resume("REINDEX INDEX CONCURRENTLY other", 0));
  EXPECT_EQ(one(copies), "1");
  EXPECT_FALSE(resume("REINDEX INDEX CONCURRENTLY \"" + name + "\"", 0));
  EXPECT_EQ(one(copies), "0");
}

// run-protocol, A non-transactional step 1: of all that the statement rebuilds
TEST_F(Probe, CleansUpAfterABrokenReindexOfASchema) {
  for (const std::string& what :
       {std::string("SCHEMA CONCURRENTLY s"), "DATABASE CONCURRENTLY " + one("SELECT current_database()")}) {
    look.execute("CREATE SCHEMA s CREATE TABLE u (v text) CREATE INDEX j ON u (v)");
    Session writer = Session::open(target);
    writer.execute("BEGIN; INSERT INTO s.u VALUES ('x')");
    Session reindexing = Session::open(target);
    std::thread reindexes([&] {
      try {
        reindexing.execute("REINDEX SCHEMA CONCURRENTLY s");
      } catch (const Error&) {
      }
    });
    ASSERT_TRUE(support::eventually([&] { return exists("s.j_ccnew"); }));
    reindexing.cancel();
    reindexes.join();
    writer.execute("COMMIT");
    ASSERT_TRUE(exists("s.j_ccnew"));
    EXPECT_FALSE(resume("REINDEX " + what, 0));
    EXPECT_FALSE(exists("s.j_ccnew")) << what;
    EXPECT_TRUE(is_valid("s.j"));
    look.execute("DROP SCHEMA s CASCADE");
  }
}

TEST_F(Probe, TakesAPreparedTransactionThatIsGoneAsEnded) {
  for (const char* const statement : {"COMMIT PREPARED 'gone'", "ROLLBACK PREPARED 'gone'"}) {
    const auto failed = apply_outside(statement);
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->sqlstate, "42704");
    EXPECT_FALSE(resume(statement, 0)) << statement;
  }
}

TEST_F(Probe, TakesPublicationsThatAKilledRunAddedOrDroppedAsDone) {
  look.execute(
      "SET client_min_messages = error;"
      "CREATE SUBSCRIPTION s CONNECTION 'host=nowhere.invalid' PUBLICATION a WITH (connect = false, slot_name = none)");
  look.execute("ALTER SUBSCRIPTION s ADD PUBLICATION b, \"C\" WITH (refresh = false)");
  EXPECT_FALSE(resume("ALTER SUBSCRIPTION s ADD PUBLICATION b, \"C\"", 0));
  EXPECT_TRUE(resume("ALTER SUBSCRIPTION s ADD PUBLICATION b, d", 0)) << "one of them isn't there";
  EXPECT_TRUE(apply_outside("ALTER SUBSCRIPTION s ADD PUBLICATION b")) << "nobody had begun it";
  look.execute("ALTER SUBSCRIPTION s DROP PUBLICATION b, \"C\" WITH (refresh = false)");
  EXPECT_FALSE(resume("ALTER SUBSCRIPTION s DROP PUBLICATION b, \"C\"", 0));
  EXPECT_TRUE(resume("ALTER SUBSCRIPTION another DROP PUBLICATION b", 0)) << "there is no such subscription";
  look.execute("DROP SUBSCRIPTION s");
}

TEST_F(Probe, TakesATablespaceThatAKilledRunCreatedAsDone) {
  look.execute("SET allow_in_place_tablespaces = on");
  look.execute("CREATE TABLESPACE made LOCATION ''");
  EXPECT_TRUE(apply_outside("CREATE TABLESPACE made LOCATION '/made'"));
  EXPECT_FALSE(resume("CREATE TABLESPACE made LOCATION '/made'", 0));
  EXPECT_FALSE(apply_outside("DROP TABLESPACE made"));
  EXPECT_FALSE(resume("DROP TABLESPACE made", 0));
}

TEST_F(Probe, TakesADatabaseThatAKilledRunCreatedAsDone) {
  const std::string name = "made_" + one("SELECT current_database()");
  look.execute("CREATE DATABASE " + name);
  EXPECT_TRUE(apply_outside("CREATE DATABASE " + name));
  EXPECT_FALSE(resume("CREATE DATABASE " + name, 0));
  EXPECT_FALSE(apply_outside("DROP DATABASE " + name));
  EXPECT_FALSE(resume("DROP DATABASE " + name, 0));
}

}  // namespace
}  // namespace apply_test
