// A second service in one database, with a role of its own: schema sluice is the first one's (run-protocol, State;
// guides S4).
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

/// The parameter: what the role got in schema sluice.
class SecondService : public testing::TestWithParam<const char*> {
 protected:
  SecondService() {
    world_.revision(1, "SELECT 1;");
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    as_role_ = "SLUICE_DATABASE_URL=" + world_.server().url_as(world_.url(), role_, "x");
    world_.ask("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    const std::string got = GetParam();
    if (got != "Nothing") world_.ask("GRANT USAGE ON SCHEMA sluice TO " + role_);
    if (got == "Select") world_.ask("GRANT SELECT ON ALL TABLES IN SCHEMA sluice TO " + role_);
  }
  Finished run(const std::string& ledger, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"run", "--ledger", ledger};
    words.insert(words.end(), more.begin(), more.end());
    return world_.sluice(words, {as_role_});
  }
  /// As whoever may: what stands behind the message's colon, word for word.
  void do_what_it_says(const Finished& refused) const {
    const std::string message = last_value(refused.out, "message");
    world_.ask(message.substr(message.find("(42501): ") + 9));
  }

  const MigratorWorld world_ = {};
  const std::string role_ = "second_of_" + world_.ask("SELECT current_database()");
  std::string as_role_ = {};
};
INSTANTIATE_TEST_SUITE_P(With, SecondService, testing::Values("Nothing", "Usage", "Select"),
                         [](const auto& each) { return each.param; });

}  // namespace

TEST_P(SecondService, KeepsItsJournalBesideItsLedger) {
  world_.ask("CREATE SCHEMA second AUTHORIZATION " + role_);
  const Finished first = run("second.alembic_version");
  ASSERT_EQ(first.code, 0) << first.out << first.err;
  EXPECT_EQ(world_.ask("SELECT string_agg(result, ',') FROM second.sluice_run"), "succeeded");
  EXPECT_THAT(run("second.alembic_version").out, HasSubstr("\"event\":\"nothing to do\""));
  // Also once it could go elsewhere.
  world_.ask("GRANT USAGE ON SCHEMA sluice TO " + role_ + "; GRANT ALL ON ALL TABLES IN SCHEMA sluice TO " + role_);
  EXPECT_THAT(run("second.alembic_version").out, HasSubstr("\"event\":\"nothing to do\""));
  world_.revision(2, "SELECT 2;");
  EXPECT_EQ(run("second.alembic_version").code, 0);
  EXPECT_EQ(world_.ask("SELECT count(*) FROM second.sluice_run"), "2");
}

// Before the backup: each attempt would else make one more, and older ones would go.
TEST_P(SecondService, NamesTheGrantsThatItNeedsBeforeAnythingRuns) {
  world_.ask("CREATE TABLE second_version(version_num varchar(255) PRIMARY KEY); GRANT ALL ON second_version TO " +
             role_);
  const Finished refused = run("public.second_version", {"--backup-dir", world_.backups()});
  EXPECT_EQ(refused.code, 11) << refused.out << refused.err;
  EXPECT_TRUE(std::filesystem::is_empty(world_.backups()));
  EXPECT_EQ(run("public.second_version").code, 11);
  do_what_it_says(refused);
  const Finished allowed = run("public.second_version");
  EXPECT_EQ(allowed.code, 0) << allowed.out << allowed.err;
  EXPECT_EQ(world_.ask("SELECT count(*) FROM sluice.sluice_run WHERE ledger = 'public.second_version'"), "1");
}

// What was done on a ledger is never forgotten because a role can't see it.
TEST_P(SecondService, DoesNotBeginAnotherJournalOfALedgerThatHasOne) {
  world_.ask("GRANT ALL ON alembic_version TO " + role_ + "; GRANT CREATE ON SCHEMA public TO " + role_);
  world_.revision(2, "SELECT 2;");
  const Finished refused = run("public.alembic_version");
  EXPECT_EQ(refused.code, 11) << refused.out << refused.err;
  do_what_it_says(refused);
  const Finished allowed = run("public.alembic_version");
  EXPECT_EQ(allowed.code, 0) << allowed.out << allowed.err;
  EXPECT_EQ(world_.ask("SELECT to_regclass('public.sluice_run') IS NULL"), "t");
}
