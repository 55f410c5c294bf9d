// Flag beats environment beats sluice.yaml beside the migrations (design, "Flags and environment").
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using support::run_program;
using testing::HasSubstr;

namespace {

Finished plain(const MigratorWorld& world, const std::vector<std::string>& words,
               const std::vector<std::string>& environment) {
  return run_program(world.command(words), environment);
}

}  // namespace

TEST(Settings, ComeFromAFileBesideTheMigrations) {
  const MigratorWorld world;
  world.tables(1);
  world.file("../sluice.yaml", "database: " + world.url() + "\nledger: app.versions\noutput: json\n");
  world.ask("CREATE SCHEMA app");
  const Finished run = plain(world, {"upgrade", "--migrations", world.migrations()}, {});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(run.out.substr(0, 1), "{");
  EXPECT_EQ(world.ask("SELECT version_num FROM app.versions"), "001");
}

TEST(Settings, OfTheEnvironmentBeatTheFile) {
  const MigratorWorld world;
  world.tables(1);
  world.file("sluice.yaml", "database: postgresql://nobody@127.0.0.1:1/none\nledger: from_file\n");
  const Finished run = plain(world, {"upgrade", "--migrations", world.migrations()},
                             {"DATABASE_URL=" + world.url(), "SLUICE_LEDGER=from_environment"});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(world.ask("SELECT version_num FROM from_environment"), "001");
}

TEST(Settings, OfAFlagBeatTheEnvironment) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"upgrade", "--ledger", "by_flag"}, {"SLUICE_LEDGER=by_environment"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.ask("SELECT version_num FROM by_flag"), "001");
}

TEST(Settings, InAFileThatAreUnknownAreRefused) {
  const MigratorWorld world;
  world.tables(1);
  world.file("sluice.yaml", "databse: x\n");
  const Finished run = world.sluice({"current"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.out, HasSubstr("databse"));
}

TEST(Settings, MayNameTheDatabaseAsLibpqDoes) {
  const MigratorWorld world;
  world.tables(1);
  const std::string database = world.ask("SELECT current_database()");
  const Finished run =
      plain(world, {"upgrade", "--migrations", world.migrations()},
            {"PGHOST=" + world.server().socket_folder(), "PGPORT=" + std::to_string(world.server().port()),
             "PGUSER=postgres", "PGDATABASE=" + database});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
}

TEST(Settings, WithoutADatabaseSaySo) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = plain(world, {"current", "--migrations", world.migrations()}, {});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("SLUICE_DATABASE_URL"));
}

// guides S13: URLs of SQLAlchemy's form
TEST(Settings, TakeUrlsOfSqlalchemy) {
  const MigratorWorld world;
  world.tables(1);
  for (const char* driver : {"postgresql+asyncpg://", "postgresql+psycopg2://"}) {
    const std::string url = driver + world.url().substr(std::string("postgresql://").size());
    EXPECT_EQ(world.sluice({"upgrade", "--database", url}).code, 0);
  }
}

TEST(Settings, SayTheOutputOfVerbsWithoutADatabaseToo) {
  for (const char* verb : {"version", "--version"}) {
    EXPECT_EQ(run_program({support::binary("sluice"), verb}, {"SLUICE_OUTPUT=json"}).out.substr(0, 1), "{") << verb;
    const Finished wrong = run_program({support::binary("sluice"), verb}, {"SLUICE_OUTPUT=xml"});
    EXPECT_EQ(wrong.code, 2) << verb;
    EXPECT_THAT(wrong.err, HasSubstr("--output is text or json")) << verb;
  }
  EXPECT_EQ(run_program({support::binary("sluice"), "install", "/proc/none", "--output", "xml"}).code, 2);
}
