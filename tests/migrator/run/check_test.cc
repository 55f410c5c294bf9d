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
