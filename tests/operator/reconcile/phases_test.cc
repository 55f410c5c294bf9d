// Expand, roll-out, contract as they happen: a real API server, the operator's decisions, and the real migrator on a
// real database. The test plays kubelet: it runs what each Job says.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/operator/reconcile/playground.h"
#include "tests/support/migrator_world.h"

namespace {

using nlohmann::json;
using playground::Playground;
using testing::HasSubstr;

const std::map<std::string, std::string> kFirst = {
    {"001_customers.up.sql", "-- revision: 001\nCREATE TABLE customers(name text);\n"}};
const std::map<std::string, std::string> kSecond = {
    {"001_customers.up.sql", kFirst.at("001_customers.up.sql")},
    {"002_full_name.up.sql", "-- revision: 002\n-- revises: 001\nALTER TABLE customers ADD full_name text;\n"},
    {"003_name.up.sql", "-- revision: 003\n-- revises: 002\n-- phase: contract\nALTER TABLE customers DROP name;\n"}};

class Phases : public testing::Test {
 protected:
  void SetUp() override {
    world.write_migration("shop",
                          {{"phase", "Expand"}, {"consumers", {{{"selector", {{"matchLabels", {{"app", "shop"}}}}}}}}});
  }
  void write(const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) database.file(name, text);
    world.write_config_map("files", files);
  }
  void pod(const std::string& name, const std::string& annotation) {
    const json object = {{"apiVersion", "v1"},
                         {"kind", "Pod"},
                         {"metadata",
                          {{"name", name},
                           {"namespace", world.space()},
                           {"labels", {{"app", "shop"}}},
                           {"annotations", {{"sluice.dev/requires", annotation}}},
                           {"finalizers", {"example.com/still-serving"}}}},
                         {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}};
    ASSERT_EQ(world.api().create(kube::types::pod(), object).outcome, kube::CreateOutcome::kCreated);
  }
  void asked_to_end(const std::string& name) {
    static_cast<void>(world.api().remove(kube::types::pod(), {world.space(), name}, {}));
  }
  void ended(const std::string& name) {
    static_cast<void>(world.api().patch(kube::types::pod(), {world.space(), name},
                                        {{"metadata", {{"finalizers", nullptr}}}}, kube::Subresource::kNone));
  }
  /// The live Job; null: none.
  json live_job() {
    for (const kube::Object& job : world.list(kube::types::job())) {
      if (kube::value_at(job, "/status/conditions").empty()) return job;
    }
    return nullptr;
  }
  /// Looks until there is a live Job, runs what it says, ends it so, and looks again. Returns its first argument.
  std::string run_next_job() {
    EXPECT_TRUE(support::eventually([&] {
      world.look("shop");
      return !live_job().is_null();
    }));
    const json container = live_job()["spec"]["template"]["spec"]["containers"][0];
    std::vector<std::string> environment;
    for (const json& each : container["env"]) {
      const std::string name = each["name"];
      if (!each.contains("value") || name == "HOME" || name == "SLUICE_MIGRATIONS") continue;
      environment.push_back(name + "=" + each["value"].get<std::string>());
      // What tells the migrator here where its result goes, as the kubelet's mount does there, counts too.
      if (name == "SLUICE_ONLY") environment.back() += ",SLUICE_TERMINATION_LOG";
    }
    const std::vector<std::string> words = container["args"].get<std::vector<std::string>>();
    static_cast<void>(database.sluice(words, environment));
    std::ifstream file(database.folder() + "/result");
    std::stringstream text;
    text << file.rdbuf();
    const auto result = report::parse_result(text.str());
    EXPECT_TRUE(result) << text.str();
    world.end_job(result.value_or(report::Result{}));
    world.look("shop");
    return words.front();
  }
  std::string columns() const {
    return database.ask(
        "SELECT string_agg(column_name, ',' ORDER BY column_name) FROM information_schema.columns "
        "WHERE table_name = 'customers'");
  }
  std::string message(const std::string& type) {
    const kube::Object migration = world.migration("shop");
    for (const json& each : kube::value_at(migration, "/status/conditions")) {
      if (each["type"] == type) return each["message"];
    }
    return "";
  }

  Playground world{{.migrator_image = "localhost/sluice:test", .contract_quiet = std::chrono::seconds(0)}};
  support::MigratorWorld database;
};

// operator-protocol, Roll-outs 1 and Status 2
TEST_F(Phases, ContractFollowsWhenTheLastOldPodIsGone) {
  write(kFirst);
  EXPECT_EQ(run_next_job(), "run");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  pod("v1", "shop>=001");

  write(kSecond);
  EXPECT_EQ(run_next_job(), "run");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/ExpandComplete");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/OldCodeRunning");
  EXPECT_EQ(columns(), "full_name,name");

  pod("v2", "shop>=002");
  EXPECT_EQ(run_next_job(), "survey");
  EXPECT_THAT(message("Contracted"), HasSubstr("1 of 2 counted: Pod v1: needs no more than 001"));

  asked_to_end("v1");
  world.look("shop");
  EXPECT_THAT(message("Contracted"), HasSubstr("Pod v1 (terminating)"));
  EXPECT_TRUE(live_job().is_null());
  EXPECT_EQ(columns(), "full_name,name");

  ended("v1");
  EXPECT_EQ(run_next_job(), "run");
  EXPECT_EQ(columns(), "full_name");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_EQ(world.condition("shop", "Contracted"), "True/NothingPending");
  EXPECT_EQ(world.migration("shop")["status"]["heads"], json({"003"}));
}

TEST_F(Phases, ContractDropsNothingWhereTheDatabaseWasTakenBackSinceTheCount) {
  write(kSecond);
  database.file("002_full_name.down.sql", "ALTER TABLE customers DROP full_name;\n");
  pod("v2", "shop>=002");
  auto files = kSecond;
  files["002_full_name.down.sql"] = "ALTER TABLE customers DROP full_name;\n";
  write(files);
  EXPECT_EQ(run_next_job(), "run");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/ContractRunning");
  EXPECT_EQ(database.sluice({"downgrade", "001", "--yes"}).code, 0);
  EXPECT_EQ(run_next_job(), "run");
  EXPECT_EQ(columns(), "name");
  const kube::Object migration = world.migration("shop");
  EXPECT_EQ(kube::text_at(migration, "/status/contract/reason"), "OldCodeRunning");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/OldCodeRunning");
}

TEST_F(Phases, AnOrderThatCanNotBeRunInPhasesIsSaidWithTheRevisionsAndChangesNothing) {
  auto files = kSecond;
  files["004_index.up.sql"] = "-- revision: 004\n-- revises: 003\nCREATE INDEX ON customers(full_name);\n";
  write(files);
  EXPECT_EQ(run_next_job(), "run");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/HistoryMismatch");
  EXPECT_THAT(message("Ready"),
              HasSubstr("004 (004_index.up.sql) builds on the contract revision 003 (003_name.up.sql)"));
  EXPECT_EQ(columns(), "");
}

}  // namespace
