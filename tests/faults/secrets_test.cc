// Nothing of a credential or of a row is ever said (guides S13; operator-protocol, Trust 3).
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

constexpr const char* kPassword = "pass-4711-word";
constexpr const char* kRowValue = "row-4712-value";

class Secrets : public testing::Test {
 protected:
  Secrets() {
    url = world.server().url_as(world.url(), "secrets_owner", kPassword);
    world.ask("GRANT ALL ON SCHEMA public TO secrets_owner; GRANT CREATE ON DATABASE " +
              world.ask("SELECT current_database()") + " TO secrets_owner");
  }
  Finished run(const std::vector<std::string>& words) { return world.sluice(words, {"SLUICE_DATABASE_URL=" + url}); }
  static void expect_clean(const std::string& text) {
    EXPECT_THAT(text, Not(HasSubstr(kPassword)));
    EXPECT_THAT(text, Not(HasSubstr(kRowValue)));
  }
  MigratorWorld world = {};
  std::string url = {};
};

}  // namespace

// A unique violation's DETAIL holds the row.
TEST_F(Secrets, AreNotInTheErrorOfAStep) {
  world.revision(1, std::string("CREATE TABLE t1(v text PRIMARY KEY);\nINSERT INTO t1 VALUES ('") + kRowValue +
                        "');\nINSERT INTO t1 VALUES ('" + kRowValue + "');\n");
  const Finished failed = run({"run"});
  EXPECT_EQ(failed.code, 20);
  expect_clean(failed.out + failed.err);
  expect_clean(world.ask("SELECT string_agg(error, ' ') FROM sluice.sluice_journal"));
  expect_clean(support::run_program({"cat", world.folder() + "/result"}).out);
}

TEST_F(Secrets, AreNotInBackupMetadata) {
  world.ask("CREATE TABLE rows(v text PRIMARY KEY); GRANT ALL ON rows TO secrets_owner; INSERT INTO rows VALUES ('" +
            std::string(kRowValue) + "')");
  world.tables(1);
  const Finished done = run({"upgrade", "--backup-dir", world.backups()});
  ASSERT_EQ(done.code, 0) << done.out;
  expect_clean(done.out + done.err);
  int searched = 0;
  for (const auto& entry : std::filesystem::directory_iterator(world.backups())) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    expect_clean(text.str());
    ++searched;
  }
  EXPECT_EQ(searched, 1);
}

// pg_dump and the tool get credentials by environment or file, never by argument.
TEST_F(Secrets, AreNotInAnyProcessesArguments) {
  world.tables(1);
  world.file("../bin/pg_dump",
             "#!/bin/sh\nif [ \"$1\" != --version ]; then for f in /proc/[0-9]*/cmdline; do cat $f 2>/dev/null; echo; "
             "done >> " +
                 world.folder() + "/cmdlines; fi\nexec " + "pg_dump \"$@\"\n");
  world.file("../bin/pg_restore", "#!/bin/sh\nexec pg_restore \"$@\"\n");
  support::run_program({"chmod", "+x", world.folder() + "/bin/pg_dump", world.folder() + "/bin/pg_restore"});
  ASSERT_EQ(run({"upgrade", "--backup-dir", world.backups(), "--pg-bin", world.folder() + "/bin"}).code, 0);
  const std::string seen = support::run_program({"cat", world.folder() + "/cmdlines"}).out;
  ASSERT_THAT(seen, HasSubstr("upgrade"));
  expect_clean(seen);
}

TEST_F(Secrets, AreNotInWhatAToolPrints) {
  const Finished done = run({"run", "--", "sh", "-c", "echo $SLUICE_DATABASE_URL"});
  EXPECT_EQ(done.code, 0);
  expect_clean(done.out + done.err);
}

// As URLs, JSON and others write it.
TEST_F(Secrets, AreNotInWhatAToolPrintsInAnotherSpelling) {
  world.server().url_as(world.url(), "secrets_odd", "p@ss 4711/w");
  world.ask("GRANT ALL ON SCHEMA public TO secrets_odd; GRANT CREATE ON DATABASE " +
            world.ask("SELECT current_database()") + " TO secrets_odd");
  url = "postgresql://secrets_odd:p%40ss%204711%2Fw@127.0.0.1:" + std::to_string(world.server().port()) + "/" +
        world.ask("SELECT current_database()");
  const Finished done =
      run({"run", "--", "sh", "-c", "echo $SLUICE_DATABASE_URL; echo a p%40ss+4711%2fw b; echo c 'p@ss 4711\\/w' d"});
  EXPECT_EQ(done.code, 0) << done.out;
  EXPECT_THAT(done.out, AllOf(HasSubstr("secrets_odd:***@"), HasSubstr("a *** b"), HasSubstr("c *** d")));
}

// The text of a RAISE holds what its author put into it.
TEST_F(Secrets, AreNotInWhatACheckSays) {
  world.ask(std::string("CREATE FUNCTION public.whole() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE '%', '") +
            kRowValue +
            "'; END $$; CREATE FUNCTION public.coded() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE '%', '" +
            kRowValue + "' USING ERRCODE = '23505'; END $$");
  world.tables(1);
  for (const char* const function : {"whole", "coded"}) {
    world.file("../checked.yaml", std::string("apiVersion: sluice.dev/v1alpha1\nkind: DatabaseMigration\n"
                                              "metadata: {name: app}\nspec:\n"
                                              "  database: {urlFrom: {secretKeyRef: {name: db, key: url}}}\n"
                                              "  migrations: {configMaps: [db]}\n"
                                              "  checks:\n    after:\n"
                                              "    - {name: whole, sql: 'SELECT public.") +
                                      function + "()', retries: 0}\n");
    const Finished failed = run({"run", "--again", "--file", world.folder() + "/checked.yaml"});
    EXPECT_EQ(failed.code, 24) << failed.out;
    EXPECT_THAT(failed.out, HasSubstr("raised by a function"));
    expect_clean(failed.out + failed.err + world.ask("SELECT string_agg(t::text, ' ') FROM sluice.sluice_run t"));
  }
}

// libpq takes it as it is, so a URL that somebody put together may hold it.
TEST_F(Secrets, MayHoldAQuestionMarkThatNobodyEncoded) {
  world.ask("ALTER ROLE secrets_owner PASSWORD 'pass?4711=word&x#y'");
  url.replace(url.find(kPassword), std::string(kPassword).size(), "pass?4711=word&x#y");
  world.tables(1);
  EXPECT_EQ(run({"run"}).code, 0);
  support::Program waits(world.command({"wait", "--at-least", "002", "--output", "json", "--database", url}), {});
  ASSERT_TRUE(waits.wait_for_output("not applied"));
  const std::string line = support::run_program({"cat", "/proc/" + std::to_string(waits.pid()) + "/cmdline"}).out;
  EXPECT_THAT(line, HasSubstr("secrets_owner:******************@"));
  waits.signal(15);
  waits.wait();
}

// ps shows the command line of a run to everybody on the machine.
TEST_F(Secrets, AreNotOnOurOwnCommandLine) {
  const std::string conninfo = "host=127.0.0.1 port=" + std::to_string(world.server().port()) +
                               " user=secrets_owner password = '" + kPassword +
                               "' dbname=" + world.ask("SELECT current_database()");
  for (const std::vector<std::string>& how : std::vector<std::vector<std::string>>{
           {"--database", url}, {"--database=" + url}, {"--database", conninfo}, {"--database=" + conninfo}}) {
    std::vector<std::string> words = {"wait", "--at-least", "001", "--timeout", "60s", "--output", "json"};
    words.insert(words.end(), how.begin(), how.end());
    support::Program waits(world.command(words), {});
    const std::string database = world.ask("SELECT current_database()");
    ASSERT_TRUE(support::eventually([&] {
      return world.ask("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'sluice%' AND datname = '" +
                       database + "'") != "0";
    }));
    const std::string line = support::run_program({"cat", "/proc/" + std::to_string(waits.pid()) + "/cmdline"}).out;
    EXPECT_THAT(line, HasSubstr("secrets_owner"));
    EXPECT_THAT(line, HasSubstr("****"));
    expect_clean(line);
    waits.signal(15);
    waits.wait();
  }
}

TEST_F(Secrets, AreNotInComplaintsAboutTheUrl) {
  for (const char* url_text : {"postgresql://u:pass-4711-word@host:notaport/db",
                               "postgresql+asyncpg://u:pass-4711-word@", "mysql://u:pass-4711-word@host/db"}) {
    const Finished done = world.sluice({"current"}, {std::string("SLUICE_DATABASE_URL=") + url_text});
    EXPECT_NE(done.code, 0);
    expect_clean(done.out + done.err);
  }
}
