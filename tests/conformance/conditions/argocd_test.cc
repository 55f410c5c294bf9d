// Argo CD's health check in a real Lua, over every row of the table of states (operator-protocol, Status 5). The cases
// are kept as Argo CD's own repository keeps them; with UPDATE_GOLDEN=1 they are written anew from the rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/conformance/conditions/lua.h"
#include "tests/operator/reconcile/rows.h"
#include "tests/support/source.h"
#include "tests/support/yaml.h"

namespace {

using nlohmann::json;

const std::string kFolder = support::source("deploy/argocd");
const std::string kScript = kFolder + "/health.lua";
const std::string kMigrations = kFolder + "/resource_customizations/sluice.dev/DatabaseMigration";

std::string read(const std::string& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string expected_of(const story::Row& row) {
  if (row.is_stalled()) return "Degraded";
  if (row.reason() == "Suspended" || row.reason() == "AwaitingApproval") return "Suspended";
  return row.is_ready() ? "Healthy" : "Progressing";
}

class Rows : public testing::TestWithParam<story::Row> {};

TEST_P(Rows, HaveTheHealthOfTheTable) {
  EXPECT_EQ(run_health(kScript, story::resource(GetParam())).status, expected_of(GetParam()));
}

// A changed spec must not be taken for healthy, nor for degraded, before the operator has looked.
TEST_P(Rows, AreProgressingOnceTheGenerationMoves) {
  json moved = story::resource(GetParam());
  moved["metadata"]["generation"] = 7;
  EXPECT_EQ(run_health(kScript, moved).status, "Progressing");
}

TEST_P(Rows, AreProgressingWhileTheyAreBeingDeleted) {
  json deleted = story::resource(GetParam());
  deleted["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z";
  EXPECT_EQ(run_health(kScript, deleted), (Health{"Progressing", "Being deleted"}));
}

INSTANTIATE_TEST_SUITE_P(Table, Rows, testing::ValuesIn(story::rows()), [](const auto& row) { return row.param.name; });

// operator-protocol, Status 1
TEST(ArgoCd, WaitsForAResourceTheOperatorHasntSeen) {
  json unseen = story::resource(story::rows().front());
  unseen["status"] = {{"observedGeneration", -1}};
  EXPECT_EQ(run_health(kScript, unseen), (Health{"Progressing", "Waiting for the operator to look at it"}));
  unseen.erase("status");
  EXPECT_EQ(run_health(kScript, unseen).status, "Progressing");
}

/// What the script may look at: anything else would make the cases change with what has nothing to do with it.
json trimmed(const story::Row& row) {
  json object = story::resource(row);
  object["spec"] = {{"database", object["spec"]["database"]},
                    {"migrations", {{"configMaps", object["spec"]["migrations"]["configMaps"]}}}};
  object["status"] = {{"conditions", object["status"]["conditions"]},
                      {"observedGeneration", object["status"]["observedGeneration"]},
                      {"heads", object["status"]["heads"]}};
  return object;
}

/// One case for each reason: what Argo CD's own repository would keep.
std::map<std::string, json> cases() {
  std::map<std::string, json> made;
  std::set<std::string> reasons;
  const auto file = [](const story::Row& row) {
    std::string name;
    for (const char each : row.reason()) {
      if (std::isupper(static_cast<unsigned char>(each)) != 0 && !name.empty()) name += '-';
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
    }
    return name;
  };
  for (const story::Row& row : story::rows()) {
    if (reasons.insert(row.state).second) made[file(row)] = trimmed(row);
  }
  made["unseen"] = made["up-to-date"];
  made["unseen"]["status"] = {{"observedGeneration", -1}};
  made["changed"] = made["up-to-date"];
  made["changed"]["metadata"]["generation"] = 2;
  return made;
}

TEST(ArgoCd, HasCurrentCases) {
  const bool update = std::getenv("UPDATE_GOLDEN") != nullptr;
  json tests = json::array();
  const auto hold = [&](const std::string& name, const std::string& text) {
    if (update) {
      std::filesystem::create_directories(kMigrations + "/testdata");
      std::ofstream(kMigrations + "/" + name) << text;
    }
    EXPECT_EQ(read(kMigrations + "/" + name), text) << name << ": write it anew with UPDATE_GOLDEN=1";
  };
  for (const auto& [name, object] : cases()) {
    const std::string path = "testdata/" + name + ".yaml";
    const Health health = run_health(kScript, object);
    tests.push_back({{"healthStatus", {{"status", health.status}, {"message", health.message}}}, {"inputPath", path}});
    hold(path, to_yaml(object));
  }
  hold("health_test.yaml", to_yaml({{"tests", tests}}));
}

/// As Argo CD's own test does it: each folder's script over the cases of its health_test.yaml, message and all.
class Kinds : public testing::TestWithParam<const char*> {};

TEST_P(Kinds, PassTheirOwnCases) {
  const std::string folder = kFolder + "/resource_customizations/sluice.dev/" + GetParam();
  EXPECT_EQ(read(folder + "/health.lua"), read(kScript));
  std::set<std::string> files, statuses;
  for (const YAML::Node& test : YAML::LoadFile(folder + "/health_test.yaml")["tests"]) {
    const std::string path = test["inputPath"].as<std::string>();
    const Health health = run_health(folder + "/health.lua", from_yaml(YAML::LoadFile(folder + "/" + path)));
    EXPECT_EQ(health.status, test["healthStatus"]["status"].as<std::string>()) << path;
    EXPECT_EQ(health.message, test["healthStatus"]["message"].as<std::string>()) << path;
    files.insert(folder + "/" + path);
    statuses.insert(health.status);
  }
  for (const auto& file : std::filesystem::directory_iterator(folder + "/testdata")) {
    EXPECT_TRUE(files.contains(file.path())) << file.path() << " isn't among the tests";
  }
  EXPECT_THAT(statuses, testing::IsSupersetOf({"Healthy", "Progressing", "Degraded", "Suspended"}));
}

INSTANTIATE_TEST_SUITE_P(ArgoCd, Kinds, testing::Values("DatabaseMigration", "DatabaseRollout"),
                         [](const auto& kind) { return kind.param; });

TEST(ArgoCd, IsInstalledByAConfigMapWithTheSameScript) {
  const YAML::Node patch = YAML::LoadFile(kFolder + "/argocd-cm.yaml");
  for (const char* kind : {"DatabaseMigration", "DatabaseRollout"}) {
    EXPECT_EQ(patch["data"][std::string("resource.customizations.health.sluice.dev_") + kind].as<std::string>(),
              read(kScript));
  }
}

}  // namespace
