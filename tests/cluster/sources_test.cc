// Where migrations come from (operator-protocol, Sources).
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::World;

TEST(Sources, AChangedConfigMapStartsANewRun) {
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  world.config_map("migrations",
                   {{"001_a.up.sql", "create table a (id int);"}, {"002_b.up.sql", "create table b (id int);"}});
  EXPECT_TRUE(support::eventually([&] { return world.sql("select to_regclass('b')") == "b"; }, 60)) << world.story();
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
}

TEST(Sources, SeveralConfigMapsAreJoined) {
  const World world;
  world.config_map("first", {{"001_a.up.sql", "create table a (id int);"}});
  world.config_map("second", {{"002_b.up.sql", "create table b (id int);"}});
  world.migration("shop", {{"migrations", {{"configMaps", {"first", "second"}}}}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "002");
}

TEST(Sources, AKeyInTwoConfigMapsIsAnError) {  // operator-protocol, Sources 1
  const World world;
  world.config_map("first", {{"001_a.up.sql", "create table a (id int);"}});
  world.config_map("second", {{"001_a.up.sql", "create table b (id int);"}});
  world.migration("shop", {{"migrations", {{"configMaps", {"first", "second"}}}}});
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/InvalidSpec")) << world.story();
  EXPECT_THAT(world.get("dbm", "shop").at("status").dump(), testing::HasSubstr("001_a.up.sql"));
}

TEST(Sources, InlineFilesRunFromAnImmutableConfigMap) {
  const World world;
  world.migration(
      "shop", {{"migrations",
                {{"configMaps", nullptr}, {"inline", {{"files", {{"001_a.up.sql", "create table a (id int);"}}}}}}}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  bool immutable = false;
  for (const json& map : world.list("configmaps", "sluice.dev/migration=shop"))
    immutable = map.value("immutable", false);
  EXPECT_TRUE(immutable) << world.story();
}

TEST(Sources, AMissingConfigMapIsWaitedFor) {  // operator-protocol, Status 5
  const World world;
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/SourceNotFound")) << world.story();
  EXPECT_EQ(world.condition("shop", "Stalled"), "");
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
}

TEST(Sources, AMissingSecretIsReadFromThePodsState) {  // operator-protocol, Jobs 6
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  const json database = {{"urlFrom", {{"secretKeyRef", {{"name", "later"}, {"key", "url"}}}}}};
  world.migration("shop", {{"database", database}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/SecretNotFound")) << world.story();
  world.secret("later", {{"url", world.url()}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 180)) << world.story();
}

TEST(Sources, AMissingImageIsReadFromThePodsState) {  // operator-protocol, Jobs 6
  const World world;
  world.migration(
      "shop",
      {{"migrations",
        {{"configMaps", nullptr}, {"image", {{"reference", "localhost/not-there:1"}, {"path", "/migrations"}}}}}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "False/ImagePull")) << world.story();
}

// The folder that the claim of backups names holds the migrations here.
TEST(Sources, AVolumeIsReadFromItsFolder) {
  const World world;
  const json claim = backup_to_node(world).at("volume");
  const std::string folder = support::folder_on_node(world) + "/of/shop";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/001_a.up.sql") << "create table a (id int);";
  std::ofstream(folder + "/002_b.up.sql") << "create table b (id int);";
  world.migration("shop", {{"migrations", {{"configMaps", nullptr}, {"volume", claim}, {"volumePath", "of/shop"}}}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("heads"), json({"002"}));
  EXPECT_EQ(world.sql("select to_regclass('b')"), "b");
}

TEST(Sources, ADatabaseMayBeNamedByItsParts) {
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.secret("login", {{"user", world.name()}, {"password", world.password()}});
  const auto from_login = [](const char* key) -> json { return {{"secretKeyRef", {{"name", "login"}, {"key", key}}}}; };
  world.migration("shop", {{"database",
                            {{"urlFrom", nullptr},
                             {"host", "postgres.databases.svc.cluster.local"},
                             {"port", 5432},
                             {"name", world.name()},
                             {"userFrom", from_login("user")},
                             {"passwordFrom", from_login("password")}}}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.sql("select to_regclass('a')"), "a");
}

}  // namespace
