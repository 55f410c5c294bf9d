// What others do while a run is at work, and a server that has no room.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"
#include "tests/support/pair_writer.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::PairWriter;
using testing::HasSubstr;
using testing::MatchesRegex;

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

class MeanwhileGoingBack : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(By, MeanwhileGoingBack, testing::Values("Swap", "InPlace"),
                         [](const auto& each) { return each.param; });

// run-protocol, Going back 1: lost is what others wrote after the backup, all of that and nothing else.
TEST_P(MeanwhileGoingBack, AnApplicationLosesWhatItWroteSinceTheBackupAlone) {
  const MigratorWorld world;
  world.tables(2);
  ASSERT_EQ(world.sluice({"upgrade"}).code, 0);
  PairWriter::make_tables(world.url());
  const bool in_place = GetParam() == "InPlace";
  if (in_place)  // stands in the way of a swap
    world.ask("CREATE SUBSCRIPTION in_the_way CONNECTION '' PUBLICATION none WITH (connect = false)");
  const std::string before = world.schema();
  // Comes after the backup, and lasts until others have written more.
  world.revision(3,
                 "CREATE TABLE t3 (id int);\nDO $$ DECLARE first int = (SELECT max(n) FROM right_half); BEGIN WHILE "
                 "(SELECT max(n) FROM right_half) < first + 20 LOOP PERFORM pg_sleep(0.01); END LOOP; END $$;\n");
  world.revision(4, "SELECT 1 / 0;\n");
  PairWriter writer(world.url());
  ASSERT_TRUE(writer.goes_on());
  const Finished run =
      world.sluice({"upgrade", "--on-failure", "restore", "--accept-lost-writes", "--backup-dir", world.backups()});
  ASSERT_EQ(run.code, 30) << run.out << run.err;
  EXPECT_TRUE(writer.goes_on());
  EXPECT_THAT(writer.fate(), MatchesRegex("kept [0-9]{2,}, lost [0-9]{2,}, kept [0-9]{2,}"));
  EXPECT_EQ(world.versions(), "002");
  EXPECT_EQ(world.schema(), before);
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '\\_before\\_%'"),
            in_place ? "0" : "1");
}
