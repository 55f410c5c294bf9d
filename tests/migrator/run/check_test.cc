// Checks before and after, and approval.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

std::string spec(const std::string& more) {
  return R"({"database":{"urlFrom":{"secretKeyRef":{"name":"db","key":"url"}}},"migrations":{"configMaps":["x"]},)" +
         more + "}";
}
std::vector<std::string> with(const std::string& more) { return {"SLUICE_SPEC=" + spec(more)}; }

/// The owner of the database, whose revision 001 uses up the role's connections.
class LastConnection : public testing::Test {
 protected:
  LastConnection() {
    const std::string url = world_.url();
    const std::string name = world_.ask("SELECT current_database()");
    as_owner_ = "SLUICE_DATABASE_URL=" + world_.server().url_as(url, "owner_of_" + name, "x");
    limit_ = "ALTER ROLE \"owner_of_" + name + "\" CONNECTION LIMIT ";
    world_.ask("GRANT CREATE ON SCHEMA public TO PUBLIC; ALTER DATABASE \"" + name + "\" OWNER TO \"owner_of_" + name +
               "\"; CREATE FUNCTION use_up() RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN EXECUTE '" +
               limit_ + "0'; END $$");
    world_.revision(1, "CREATE TABLE t1(id int); SELECT use_up();", "DROP TABLE t1;");
  }
  Finished run(const std::string& more) const {
    return world_.sluice({"run"}, {"SLUICE_SPEC=" + spec(more), as_owner_});
  }
  const MigratorWorld world_ = {};
  std::string as_owner_, limit_;
};

}  // namespace

// run-protocol: 23: a check before failed; nothing was changed
TEST(CheckBefore, StopsTheRunBeforeAnythingChanges) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"run"}, with(R"("checks":{"before":[{"name":"no","sql":"select false"}]})"));
  EXPECT_EQ(run.code, 23) << run.out << run.err;
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
}

// run-protocol: 24: all applied, a check after failed, left so
TEST(CheckAfter, LeavesTheNewSchemaWhereNothingElseIsAskedFor) {
  const MigratorWorld world;
  world.tables(1);
  const auto bad = with(R"("checks":{"after":[{"name":"no","sql":"select count(*) > 1 from t1"}]})");
  const Finished run = world.sluice({"run"}, bad);
  EXPECT_EQ(run.code, 24) << run.out << run.err;
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(last_value(run.out, "healthy"), "false");
}

// What is applied isn't pending any more, but the checks are still owed.
TEST(CheckAfter, IsAskedAgainByTheNextRun) {
  const MigratorWorld world;
  world.tables(1);
  const auto check = with(R"("checks":{"after":[{"name":"rows","sql":"select count(*) > 1 from t1"}]})");
  EXPECT_EQ(world.sluice({"run"}, check).code, 24);
  EXPECT_EQ(world.sluice({"run"}, check).code, 24);
  world.ask("INSERT INTO t1 VALUES (2, 'y')");
  EXPECT_EQ(world.sluice({"run"}, check).code, 0);
}

// run-protocol: 10, and the checks are owed: a full connection table is no reason to take a good release back
TEST_F(LastConnection, IsNoFailureOfACheckThatCannotBeAsked) {
  const std::string spec =
      R"("onFailure":"downgrade","checks":{"after":[{"name":"there","sql":"select count(*) = 0 from t1","timeout":"1s"}]})";
  const Finished unasked = run(spec);
  EXPECT_EQ(unasked.code, 10) << unasked.out << unasked.err;
  EXPECT_THAT(last_value(unasked.out, "message"), HasSubstr("check there could not be asked"));
  EXPECT_EQ(world_.versions(), "001");
  world_.ask(limit_ + "-1");
  const Finished asked = run(spec);
  EXPECT_EQ(asked.code, 0) << asked.out;
  EXPECT_EQ(last_value(asked.out, "healthy"), "true");
}

TEST_F(LastConnection, IsNoFailureOfACheckBeforeEither) {
  std::vector<std::string> more = with(R"("checks":{"before":[{"name":"no","sql":"select false","timeout":"1s"}]})");
  more.push_back(as_owner_);
  support::PausedSluice run(world_, {"run"}, "run.locked", more);
  world_.ask(limit_ + "0");
  const Finished unasked = run.finish();
  EXPECT_EQ(unasked.code, 10) << unasked.out << unasked.err;
  EXPECT_THAT(last_value(unasked.out, "message"), HasSubstr("check no could not be asked before the run"));
}

// operator-protocol, Jobs 7
TEST(Approval, IsForExactlyThePlanThatWasSeen) {
  const MigratorWorld world;
  world.tables(1);
  const auto always = with(R"("approval":"Always")");
  EXPECT_EQ(world.sluice({"run"}, always).code, 40);
  const Finished plan = world.sluice({"plan"}, always);
  EXPECT_EQ(plan.code, 0);
  const std::string hash = last_value(plan.out, "plan_hash");
  world.file("002_more.up.sql", "CREATE TABLE more(id int);");
  auto approved = always;
  approved.push_back("SLUICE_APPROVED_PLAN=" + hash);
  EXPECT_EQ(world.sluice({"run"}, approved).code, 40);
  world.remove("002_more.up.sql");
  EXPECT_EQ(world.sluice({"run"}, approved).code, 0);
}

TEST(Approval, IsAskedForWhatDestroys) {
  const MigratorWorld world;
  world.tables(1);
  const auto destructive = with(R"("approval":"Destructive")");
  EXPECT_EQ(world.sluice({"run"}, destructive).code, 0);
  world.revision(2, "DROP TABLE t1;");
  const Finished run = world.sluice({"run"}, destructive);
  EXPECT_EQ(run.code, 40);
  EXPECT_THAT(run.out, HasSubstr("destroys data"));
}

// design: phase Expand holds contract back
TEST(Phase, HoldsContractBack) {
  const MigratorWorld world;
  world.file("a1_one.up.sql", "-- revision: a1\nCREATE TABLE t1(id int);\n");
  world.file("a2_two.up.sql", "-- revision: a2\n-- revises: a1\n-- phase: contract\nDROP TABLE t1;\n");
  const Finished run = world.sluice({"run", "--phase", "expand"});
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(world.versions(), "a1");
  EXPECT_EQ(last_value(run.out, "contract_pending"), "1");
}
