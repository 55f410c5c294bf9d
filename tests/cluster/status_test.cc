// What a DatabaseMigration says of itself (operator-protocol, Status).
#include <gmock/gmock.h>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::World;

const support::Files kOne = {{"001_a.up.sql", "create table a (id int);"}};

TEST(Status, ConditionsAndStatusCarryTheGenerationTheySpeakOf) {
  const World world;
  world.config_map("migrations", kOne);
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  const json object = world.get("dbm", "shop");
  EXPECT_EQ(object.at("status").at("observedGeneration"), object.at("metadata").at("generation"));
  EXPECT_EQ(
      support::kubectl({"--namespace", world.name(), "wait", "dbm/shop", "--for=condition=Ready", "--timeout=5s"}).code,
      0);
}

TEST(Status, AnInvalidSpecIsRejectedByTheApiServerWhereItCan) {
  const World world;
  const json bad = {{"apiVersion", "sluice.dev/v1alpha1"},
                    {"kind", "DatabaseMigration"},
                    {"metadata", {{"name", "bad"}}},
                    {"spec",
                     {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                      {"migrations", {{"configMaps", {"a"}}, {"inline", {{"files", {{"001_a.up.sql", "x"}}}}}}}}}};
  const support::Finished refused = world.kubectl({"apply", "-f", "-"}, bad.dump());
  EXPECT_NE(refused.code, 0);
  EXPECT_THAT(refused.err, testing::HasSubstr("exactly one"));
}

TEST(Status, SuspendHoldsAChangeBackAndLetsItGo) {
  const World world;
  world.config_map("migrations", kOne);
  world.migration("shop", {{"suspend", true}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/Suspended")) << world.story();
  EXPECT_TRUE(world.list("jobs").empty());
  world.migration("shop", {{"suspend", false}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
}

TEST(Status, AWrongPasswordIsRetriedUntilTheSecretIsRotated) {  // operator-protocol, Jobs 4
  const World world;
  world.config_map("migrations", kOne);
  world.secret("db", {{"url", "postgresql://" + world.name() + ":wrong@postgres.databases.svc:5432/" + world.name()}});
  world.migration("shop", {{"retry", {{"backoff", "1s"}}}});
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/AuthenticationFailed")) << world.story();
  EXPECT_EQ(world.condition("shop", "Stalled"), "");
  world.secret("db", {{"url", world.url()}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
}

TEST(Status, TheRetryAnnotationStartsAnAttemptAndIsEchoed) {  // operator-protocol, Jobs 4 and Status 3
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "insert into settings values (1);"}});
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed")) << world.story();
  world.sql("create table settings (id int)");
  world.annotate("shop", "sluice.dev/retry", "once-more");
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.get("dbm", "shop").at("status").at("handled").at("retry"), "once-more");
}

TEST(Status, TwoResourcesWithTheSameFilesForOneDatabaseAreBothReadyAndApplyOnce) {
  const World world;
  world.config_map("migrations", kOne);
  world.migration("one");
  world.migration("two");
  EXPECT_TRUE(world.becomes("one", "Ready", "True/UpToDate")) << world.story();
  EXPECT_TRUE(world.becomes("two", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.sql("select count(*) from sluice.sluice_journal where result = 'succeeded'"), "1");
}

TEST(Status, TheSecondOfTwoResourcesWithOtherFilesForOneDatabaseIsAMismatch) {
  const World world;
  world.config_map("migrations", kOne);
  world.migration("one");
  ASSERT_TRUE(world.becomes("one", "Ready", "True/UpToDate")) << world.story();
  world.config_map("others", {{"900_b.up.sql", "create table b (id int);"}});
  world.migration("two", {{"migrations", {{"configMaps", {"others"}}}}});
  EXPECT_TRUE(world.becomes("two", "Stalled", "True/HistoryMismatch")) << world.story();
}

TEST(Status, AFailureThatConcernsRowsShowsNoneOfTheirValues) {  // guides S13; operator-protocol, Trust 3
  const World world;
  world.sql(std::string("create table users (name text); insert into users select '") + support::kRowMark +
            "' from generate_series(1, 2)");
  world.config_map("migrations", {{"001_a.up.sql", "create unique index users_name on users (name);"}});
  world.migration("shop");
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed")) << world.kubectl({"get", "dbm"}).out;
  EXPECT_THAT(world.get("dbm", "shop").at("status").dump(), testing::HasSubstr("users_name"));
}  // the world searches everything for the mark

TEST(Status, MigratorPodsAreRestrictedAndHaveNoToken) {
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "select pg_sleep(3);"}});
  world.migration("shop");
  ASSERT_TRUE(support::eventually([&] { return !world.list("pods", "sluice.dev/migration=shop").empty(); }))
      << world.story();
  const json pod = world.list("pods", "sluice.dev/migration=shop").front().at("spec");
  EXPECT_EQ(pod.at("automountServiceAccountToken"), false);
  const json context = pod.at("containers")[0].at("securityContext");
  EXPECT_EQ(context.at("readOnlyRootFilesystem"), true);
  EXPECT_EQ(context.at("capabilities").at("drop"), json({"ALL"}));
}

}  // namespace
