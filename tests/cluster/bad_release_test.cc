// The quickstart's story with its own files: a first release, a bad one that is put back (by itself, or by the command
// that is left to a person), and the fixed one.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "common/spec/yaml.h"
#include "tests/support/cluster.h"
#include "tests/support/source.h"

namespace {

using nlohmann::json;
using support::Files;
using support::World;
using testing::HasSubstr;

std::string text_of(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// As `release` in deploy/quickstart/cluster.sh: the files of the first release, and those of one more.
void release(const World& world, const std::string& more) {
  Files files;
  for (const std::string& folder : {std::string("1-first"), more}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(support::source("deploy/quickstart/migrations/" + folder))) {
      files[entry.path().filename()] = text_of(entry.path());
    }
  }
  world.config_map("shop-migrations", files);
}

// deploy/quickstart/migration.yaml, its volume but for the claim's name as it stands there.
json quickstart_spec() {
  std::vector<spec::Problem> problems;
  json resource = spec::yaml_to_json(text_of(support::source("deploy/quickstart/migration.yaml")), problems);
  json spec = resource.at("spec");
  EXPECT_EQ(spec.at("backup").at("volume").at("persistentVolumeClaim").at("claimName"), "shop-backups");
  spec["backup"]["volume"]["persistentVolumeClaim"]["claimName"] = "backups";
  return spec;
}

const std::string kCustomers = "Ada Lovelace, " + std::string(support::kRowMark);

void first_release(const World& world, const json& spec) {
  support::backup_to_node(world);
  world.secret("shop-db", {{"url", world.url()}});
  release(world, "1-first");
  world.migration("shop", spec);
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  world.sql("insert into customers (name, email) values ('Ada Lovelace', 'a'), ('" + std::string(support::kRowMark) +
            "', 'b')");
}

std::string columns(const World& world) {
  return world.sql(
      "select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'customers'::regclass and "
      "attnum > 0 and not attisdropped");
}

void expect_first_release_is_back(const World& world) {
  EXPECT_EQ(world.sql("select string_agg(name, ', ' order by id) from customers"), kCustomers);
  EXPECT_EQ(columns(world), "id name email");
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "003");
}

void expect_fixed_release_goes_through(const World& world) {
  release(world, "3-fixed");
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("heads"), json({"004"}));
  EXPECT_EQ(world.sql("select first_name, last_name from customers where id = 1"), "Ada|Lovelace");
}

std::string message_of_ready(const World& world) {
  const json resource = world.get("dbm", "shop");
  for (const json& condition : resource.at("status").at("conditions")) {
    if (condition.at("type") == "Ready") return condition.at("message");
  }
  return "";
}

/// A command as the status shows it, in a pod with the backups and the database's URL.
bool run_by_hand(const World& world, const std::string& command) {
  std::stringstream words(command);
  json arguments = json::array();
  for (std::string word; words >> word;) arguments.push_back(word);
  EXPECT_EQ(arguments.at(0), "sluice");
  arguments.erase(0);
  world.apply({{"apiVersion", "v1"},
               {"kind", "Pod"},
               {"metadata", {{"name", "by-hand"}}},
               {"spec",
                {{"restartPolicy", "Never"},
                 {"containers",
                  {{{"name", "sluice"},
                    {"image", support::migrator_image()},
                    {"imagePullPolicy", "Never"},
                    {"args", arguments},
                    {"env",
                     {{{"name", "SLUICE_DATABASE_URL"},
                       {"valueFrom", {{"secretKeyRef", {{"name", "shop-db"}, {"key", "url"}}}}}},
                      {{"name", "SLUICE_BACKUP_DIR"}, {"value", "/backups"}}}},
                    {"volumeMounts", {{{"name", "backups"}, {"mountPath", "/backups"}}}}}}},
                 {"volumes", {{{"name", "backups"}, {"persistentVolumeClaim", {{"claimName", "backups"}}}}}}}}});
  const auto has_succeeded = [&] { return world.get("pod", "by-hand").at("status").value("phase", "") == "Succeeded"; };
  return support::eventually(has_succeeded, 60);
}

TEST(Release, ABadOneIsPutBackByItselfWhenLostWritesAreAccepted) {  // guides S11; run-protocol, Going back 1
  const World world;
  first_release(world, quickstart_spec());
  release(world, "2-bad");
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/RolledBack", 120)) << world.story();
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/RolledBack");
  EXPECT_THAT(message_of_ready(world), HasSubstr("every customer has a name"));  // the check that failed
  expect_first_release_is_back(world);
  expect_fixed_release_goes_through(world);
}

TEST(Release, ABadOneIsLeftToAPersonWhenLostWritesAreNotAccepted) {  // run-protocol, Going back 1
  const World world;
  json spec = quickstart_spec();
  spec["backup"]["acceptLostWrites"] = false;
  first_release(world, spec);
  release(world, "2-bad");
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/RollbackFailed", 120)) << world.story();
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "004");

  const std::string status = world.get("dbm", "shop").at("status").dump();
  std::smatch found;
  ASSERT_TRUE(std::regex_search(status, found, std::regex("sluice restore [^\"]* --yes"))) << status;
  ASSERT_TRUE(run_by_hand(world, found.str())) << world.kubectl({"logs", "by-hand"}).out << world.story();
  expect_first_release_is_back(world);
  expect_fixed_release_goes_through(world);
}

}  // namespace
