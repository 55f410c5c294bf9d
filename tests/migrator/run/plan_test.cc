// Looking without touching: plan and --sql (guides E7).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::PostgresServer;
using testing::HasSubstr;

TEST(Plan, SaysWhatWouldRunAndChangesNothing) {
  const MigratorWorld world;
  world.tables(2);
  const Finished plan = world.sluice({"plan"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("001_step.up.sql"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
}

TEST(Plan, HasTheSameHashForTheSameWork) {
  const MigratorWorld world;
  world.tables(2);
  const std::string hash = last_value(world.sluice({"plan"}).out, "plan_hash");
  EXPECT_EQ(last_value(world.sluice({"plan"}).out, "plan_hash"), hash);
  world.revision(2, "CREATE TABLE t2(id bigint);");
  EXPECT_NE(last_value(world.sluice({"plan"}).out, "plan_hash"), hash);
}

TEST(Sql, WritesNothingToTheDatabase) {
  const MigratorWorld world;
  world.tables(2);
  const Finished sql = world.sluice({"upgrade", "--sql"});
  EXPECT_EQ(sql.code, 0) << sql.err;
  EXPECT_THAT(sql.out, HasSubstr("alembic_version"));
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
}

// What it prints, psql can run: the same schema and version table come out.
TEST(Sql, DoesByPsqlWhatUpgradeDoes) {
  const MigratorWorld world, other;
  for (const MigratorWorld* each : {&world, &other}) {
    each->tables(3);
    each->revision(4, "CREATE INDEX CONCURRENTLY t1_note ON t1(note);\n");
  }
  const Finished sql = world.sluice({"upgrade", "--sql"});
  const std::string file = world.folder() + "/preview.sql";
  world.file("../preview.sql", sql.out);
  ASSERT_NO_THROW(PostgresServer::psql_file(world.url(), file));
  other.sluice({"upgrade"});
  EXPECT_EQ(world.schema(), other.schema());
  EXPECT_EQ(world.versions(), "004");
}

TEST(Sql, NeedsNoDatabaseForARange) {
  const MigratorWorld world;
  world.tables(3);
  const Finished sql =
      world.sluice({"upgrade", "001:003", "--sql"}, {"SLUICE_DATABASE_URL=postgresql://nobody@127.0.0.1:1/x"});
  EXPECT_EQ(sql.code, 0) << sql.err;
  EXPECT_THAT(sql.out, HasSubstr("CREATE TABLE t2"));
  EXPECT_THAT(sql.out, Not(HasSubstr("CREATE TABLE t1")));
}
