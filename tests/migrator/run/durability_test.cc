// Steps that reach another server are on disk when they are committed (run-protocol, A transactional step 5).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

namespace {

using support::MigratorWorld;

/// A table that, by a foreign one, is the database's own: what another server sees of a commit.
constexpr const char* kForeign =
    "CREATE EXTENSION postgres_fdw; CREATE TABLE far(id int);\n"
    "DO $$ BEGIN EXECUTE format('CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname "
    "%L)', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), "
    "current_database()); END $$;\n"
    "CREATE USER MAPPING FOR current_user SERVER s OPTIONS (user 'postgres');\n"
    "CREATE FOREIGN TABLE near(id int) SERVER s OPTIONS (schema_name 'public', table_name 'far');\n";

/// What synchronous_commit was as each journal row was written.
constexpr const char* kWatch =
    "CREATE TABLE seen(revision text, setting text);\n"
    "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES "
    "(new.revision, current_setting('synchronous_commit')); RETURN NULL; END $$;\n"
    "CREATE TRIGGER note AFTER INSERT ON sluice.sluice_journal FOR EACH ROW EXECUTE FUNCTION note();\n";

std::string seen(const MigratorWorld& world) {
  return world.ask("SELECT string_agg(revision || ' ' || setting, ', ' ORDER BY revision) FROM seen");
}

TEST(Durability, OfAnInsertIntoAForeignTableIsFull) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.ask(std::string(kForeign) + kWatch);
  world.revision(2, "INSERT INTO near VALUES (1);");
  world.revision(3, "CREATE TABLE t3(id int);");
  const support::Finished run = world.sluice({"upgrade"});
  ASSERT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(seen(world), "002 on, 003 on");
}

TEST(Durability, IsFullFromTheFilesOnThatCreateTheForeignTable) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.ask(kWatch);
  world.revision(2, kForeign);
  world.revision(3, "INSERT INTO near VALUES (1);");
  world.revision(4, "CREATE TABLE t4(id int);");
  const support::Finished run = world.sluice({"upgrade"});
  ASSERT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(seen(world), "002 on, 003 on, 004 on");
}

TEST(Durability, OfWhatStaysInTheServerComesWithTheLastStep) {
  const MigratorWorld world;
  world.tables(1);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  world.ask(kWatch);
  world.tables(3);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(seen(world), "002 off, 003 on");
}

}  // namespace
