// Expand and contract: what is held back, what is said of it, and when it runs (operator-protocol, Roll-outs 1).
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/migrator_world.h"

using nlohmann::json;
using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

/// 001 a table with column `name`; 002 adds `full_name`; 003, contract, drops `name`.
void expand_and_contract(const MigratorWorld& world) {
  world.file("001_customers.up.sql", "-- revision: 001\nCREATE TABLE customers(name text);\n");
  world.file("002_full_name.up.sql", "-- revision: 002\n-- revises: 001\nALTER TABLE customers ADD full_name text;\n");
  world.file("003_name.up.sql",
             "-- revision: 003\n-- revises: 002\n-- phase: contract\nALTER TABLE customers DROP name;\n");
}

json ended(const Finished& run) {
  json last;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) {
    const json one = json::parse(line, nullptr, false);
    if (one.is_object() && one.contains("sluice")) last = one;
  }
  return last;
}

const std::vector<std::string> kExpand = {"run", "--phase", "expand"};
const std::string kAsk = "SLUICE_QUESTIONS=001,002,003,zzz";

std::string columns(const MigratorWorld& world) {
  return world.ask(
      "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns "
      "WHERE table_name = 'customers'");
}

}  // namespace

TEST(Expand, StopsBeforeContractAndSaysWhatIsLeft) {
  const MigratorWorld world;
  expand_and_contract(world);
  const json said = ended(world.sluice(kExpand, {kAsk}));
  EXPECT_EQ(said["code"], 0) << said;
  EXPECT_EQ(said["contract_pending"], 1);
  EXPECT_EQ(said["contract_plan"].get<std::string>().size(), 16U);
  EXPECT_EQ(said["answers"], "+cD?");
  EXPECT_EQ(columns(world), "full_name,name");
}

// The next look is one statement and reads no file: it must not forget what is left.
TEST(Expand, SaysTheSameWhenThereIsNothingToDo) {
  const MigratorWorld world;
  expand_and_contract(world);
  json first = ended(world.sluice(kExpand, {kAsk}));
  const Finished again = world.sluice(kExpand, {kAsk});
  EXPECT_THAT(again.out, HasSubstr("nothing to do"));
  const json second = ended(again);
  for (const char* key : {"contract_pending", "contract_plan", "answers"}) EXPECT_EQ(second[key], first[key]) << key;
  EXPECT_EQ(ended(world.sluice(kExpand))["contract_pending"], 1);
}

TEST(Expand, RefusesAnOrderThatCanNotBeRunInPhasesBeforeAnythingRuns) {
  const MigratorWorld world;
  expand_and_contract(world);
  world.file("004_index.up.sql", "-- revision: 004\n-- revises: 003\nCREATE INDEX ON customers(full_name);\n");
  const Finished run = world.sluice(kExpand);
  EXPECT_EQ(run.code, 21);
  const std::string message = ended(run)["message"];
  EXPECT_THAT(message, HasSubstr("004 (004_index.up.sql) builds on the contract revision 003 (003_name.up.sql)"));
  EXPECT_EQ(columns(world), "");
  EXPECT_EQ(world.sluice({"plan", "--phase", "expand"}).code, 21);
  EXPECT_EQ(world.sluice({"run"}).code, 0);
}

TEST(Contract, RunsWhereThePlanShownByExpandIsApproved) {
  const MigratorWorld world;
  expand_and_contract(world);
  const std::string hash = ended(world.sluice(kExpand))["contract_plan"];
  EXPECT_EQ(world.sluice({"run"}, {"SLUICE_APPROVED_PLAN=0123456789ab"}).code, 40);
  EXPECT_EQ(columns(world), "full_name,name");
  const json said = ended(world.sluice({"run"}, {"SLUICE_APPROVED_PLAN=" + hash, kAsk}));
  EXPECT_EQ(said["code"], 0) << said;
  EXPECT_EQ(said["answers"], "ccc?");
  EXPECT_EQ(columns(world), "full_name");
}

TEST(Contract, EndsBeforeAnythingWhenTheDatabaseIsNotWhereTheCodeWasCounted) {
  const MigratorWorld world;
  expand_and_contract(world);
  world.sluice({"upgrade", "001"});
  // Counted when 002 was applied; somebody has taken it back since.
  const Finished refused = world.sluice({"run"}, {"SLUICE_QUESTIONS=002", "SLUICE_EXPECT_ANSWERS=c"});
  EXPECT_EQ(refused.code, 40);
  EXPECT_EQ(ended(refused)["reason"], "OldCodeRunning");
  EXPECT_EQ(columns(world), "name");
  world.sluice(kExpand);
  EXPECT_EQ(world.sluice({"run"}, {"SLUICE_QUESTIONS=002", "SLUICE_EXPECT_ANSWERS=c"}).code, 0);
  EXPECT_EQ(columns(world), "full_name");
}

TEST(Survey, AnswersWithoutChangingAnything) {
  const MigratorWorld world;
  expand_and_contract(world);
  const json empty = ended(world.sluice({"survey", "--phase", "expand"}, {kAsk}));
  EXPECT_EQ(empty["code"], 0) << empty;
  EXPECT_EQ(empty["answers"], "--D?");
  EXPECT_EQ(empty["pending"], 2);
  EXPECT_EQ(world.ask("SELECT count(*) FROM pg_tables WHERE schemaname IN ('public', 'sluice')"), "0");
  world.sluice(kExpand);
  const json after = ended(world.sluice({"survey", "--phase", "expand"}, {kAsk}));
  EXPECT_EQ(after["answers"], "+cD?");
  EXPECT_EQ(after["heads"], json({"002"}));
  EXPECT_EQ(after["pending"], 0);
  EXPECT_EQ(after["contract_pending"], 1);
}

TEST(Survey, EndsAsARunWouldWhereFilesAndDatabaseDisagree) {
  const MigratorWorld world;
  expand_and_contract(world);
  world.sluice(kExpand);
  world.file("002_full_name.up.sql", "-- revision: 002\n-- revises: 001\nALTER TABLE customers ADD other text;\n");
  EXPECT_EQ(world.sluice({"survey"}, {kAsk}).code, 21);
}

// A tool's ledger is all there is.
TEST(Survey, KnowsOfAToolsDatabaseOnlyItsHeads) {
  const MigratorWorld world;
  world.tables(2);
  world.sluice({"upgrade"});
  const std::string spec = R"({"database": {"urlFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},)"
                           R"("migrations": {"image": {"reference": "i"}, "command": ["alembic"]}})";
  const json said = ended(world.sluice({"survey"}, {"SLUICE_SPEC=" + spec, "SLUICE_QUESTIONS=002,001"}));
  EXPECT_EQ(said["code"], 0) << said;
  EXPECT_EQ(said["answers"], "c?");
}
