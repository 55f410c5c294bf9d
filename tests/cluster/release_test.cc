// A good release, and one whose steps or checks fail. One that is put back: bad_release_test.cc.
#include <gmock/gmock.h>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::Files;
using support::World;

const Files kFirst = {
    {"001_users.up.sql", "create table users (id int generated always as identity primary key, name text not null);\n"},
    {"002_orders.up.sql", "create table orders (id int primary key, user_id int not null references users);\n"},
    {"003_index.up.sql", "-- transaction: off\ncreate index concurrently orders_by_user on orders (user_id);\n"}};

Files with(Files files, const std::string& name, const std::string& text) {
  files[name] = text;
  return files;
}

// Loses every user's name, and its check notices.
Files bad_release() {
  return with(kFirst, "004_bad.up.sql", "alter table users drop column name;\ncreate table audit (id int);\n");
}

json name_check() {
  return {{"after", {{{"name", "names are there"}, {"sql", "select count(*) = 3 from users where name is not null"}}}}};
}

// A world on the first release, with three rows in it, one of them marked.
void release_first(const World& world, const json& spec) {
  world.config_map("migrations", kFirst);
  world.migration("shop", spec);
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  world.sql("insert into users (name) values ('Ada'), ('Grace'), ('" + std::string(support::kRowMark) + "')");
}

TEST(Release, AGoodOneEndsReadyWithItsHeadsAndNothingPending) {
  const World world;
  release_first(world, json::object());
  const json status = world.get("dbm", "shop").at("status");
  EXPECT_EQ(status.at("heads"), json({"003"}));
  EXPECT_EQ(status.at("pending"), 0);
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "003");
  EXPECT_EQ(
      world.sql("select string_agg(revision, ' ' order by id) from sluice.sluice_journal where result = 'succeeded'"),
      "001 002 003");
}

TEST(Release, AGoodOneBacksUpFirstAndSaysSo) {  // guides S1
  const World world;
  release_first(world, {{"backup", backup_to_node(world)}});
  EXPECT_EQ(world.condition("shop", "BackedUp").substr(0, 4), "True") << world.story();
  EXPECT_THAT(support::backups_on_node(world), testing::Contains(testing::EndsWith(".dump")));
}

TEST(Release, AFailedCheckAfterIsDegradedAndLeftSoByDefault) {
  const World world;
  release_first(world, json::object());
  world.migration("shop", {{"checks", name_check()}});
  world.config_map("migrations", bad_release());
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed")) << world.story();
  EXPECT_EQ(world.condition("shop", "Healthy").substr(0, 5), "False");
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "004");
}

TEST(Release, AFailingStepLeavesTheEarlierOnesAndNamesTheStatement) {
  const World world;
  world.config_map("migrations", with(kFirst, "004_x.up.sql", "create table a (id int);\nselect 1 / 0;\n"));
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed")) << world.story();
  const std::string status = world.get("dbm", "shop").at("status").dump();
  EXPECT_THAT(status, testing::HasSubstr("004_x.up.sql")) << world.story();
  EXPECT_EQ(world.sql("select version_num from alembic_version"), "003");
}

}  // namespace
