// What others do while a run is at work, and a server that has no room: the run ends "not now" and nothing was done.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

// run-protocol, Lock 6: Alembic takes no lock, so the ledger is read again after the backup.
TEST(Meanwhile, ALedgerThatMovedDuringTheBackupStopsTheRun) {
  const MigratorWorld world;
  world.tables(2);
  ASSERT_EQ(world.sluice({"upgrade", "001"}).code, 0);
  world.file("../bin/pg_dump", "#!/bin/sh\n[ \"$1\" = --version ] || psql -Xq -d '" + world.url() +
                                   "' -c \"UPDATE alembic_version SET version_num = 'other'\" >&2\n"
                                   "exec pg_dump \"$@\"\n");
  world.file("../bin/pg_restore", "#!/bin/sh\nexec pg_restore \"$@\"\n");
  support::run_program({"chmod", "+x", world.folder() + "/bin/pg_dump", world.folder() + "/bin/pg_restore"});
  const Finished run = world.sluice({"upgrade", "--backup-dir", world.backups(), "--pg-bin", world.folder() + "/bin"});
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("was changed by someone else"));
  EXPECT_EQ(world.ask("SELECT to_regclass('t2') IS NULL"), "t");
  EXPECT_EQ(world.versions(), "other");
}

// run-protocol, Exit codes: 10 for 53300
TEST(Meanwhile, AServerWithoutAFreeConnectionIsForLater) {
  const MigratorWorld world;
  world.tables(1);
  const std::string url = world.server().url_as(world.url(), "no_connection_left", "x");
  world.ask("ALTER ROLE no_connection_left CONNECTION LIMIT 0");
  const Finished run = world.sluice({"upgrade"}, {"SLUICE_DATABASE_URL=" + url});
  EXPECT_EQ(run.code, 10) << run.out;
  EXPECT_THAT(last_value(run.out, "message"), HasSubstr("53300"));
}
