// A restore by a role that may make databases (SLUICE_MAINTENANCE_URL): what it leaves is the migrating role's own.
#include "tests/support/migrator_world.h"

#include <gtest/gtest.h>

using support::Finished;
using support::MigratorWorld;

// The first run of all: the backup has no journal, and the restored database gets one.
TEST(MaintenanceRole, DoesNotOwnTheJournalOfADatabaseThatItRestored) {
  const MigratorWorld world;
  const std::string url = world.server().url_as(world.url(), "swapped_app", "a-secret-password");
  const std::string name = world.ask("SELECT current_database()");
  world.ask("ALTER DATABASE \"" + name + "\" OWNER TO swapped_app");
  world.revision(1, "CREATE TABLE t1 (id int);");
  world.revision(2, "SELECT 1 / 0;");
  const std::vector<std::string> as_app = {"SLUICE_DATABASE_URL=" + url,
                                           "SLUICE_MAINTENANCE_URL=" + world.server().url("postgres")};
  const Finished failed =
      world.sluice({"run", "--on-failure", "restore", "--accept-lost-writes", "--backup-dir", world.backups()}, as_app);
  ASSERT_EQ(failed.code, 30) << failed.out << failed.err;
  ASSERT_EQ(world.ask("SELECT count(*) FROM pg_database WHERE datname LIKE '" + name + "_before_%'"), "1");
  EXPECT_EQ(world.ask("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'sluice'"), "swapped_app");
  world.revision(2, "CREATE TABLE t2 (id int);");
  const Finished again = world.sluice({"run"}, as_app);
  EXPECT_EQ(again.code, 0) << again.out << again.err;
}
