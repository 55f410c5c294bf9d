// A chart that migrates in an init container: a rolling update of four replicas loses no request (guides D1 and D2;
// docs/zero-loss.md).
#include <gmock/gmock.h>

#include "tests/cluster/rollouts/load.h"
#include "tests/cluster/rollouts/people.h"

namespace {

using nlohmann::json;
using rollouts::Load;
using support::World;

rollouts::Release release(const std::string& version) {
  return {.version = version,
          .init_containers = {rollouts::migrating_init_container()},
          .volumes = {rollouts::migrations_volume(version)}};
}

TEST(ZeroLoss, AnInitContainerRollOutOfFourReplicas) {
  const World world;
  rollouts::prepare(world);
  world.apply(rollouts::service("people", {{"app", "people"}}));
  world.apply(rollouts::deployment(release("1")));
  ASSERT_TRUE(rollouts::rolled_out(world, "people")) << rollouts::story(world);

  const Load load(world);
  world.apply(rollouts::deployment(release("2")));
  ASSERT_TRUE(rollouts::rolled_out(world, "people")) << rollouts::story(world);
  ASSERT_TRUE(rollouts::pods_gone(world, "version=1")) << rollouts::story(world);
  world.migration("people", {{"migrations", {{"configMaps", {"migrations-2"}}}}});
  ASSERT_TRUE(world.becomes("people", "Ready", "True/UpToDate")) << rollouts::story(world);
  load.settle();

  const json summary = load.stop();
  EXPECT_EQ(summary.at("failures"), 0) << summary.dump(1) << rollouts::story(world);
  EXPECT_EQ(summary.at("last"), "2");
  EXPECT_EQ(world.sql("select count(*) from information_schema.columns where table_name = 'people' and "
                      "column_name = 'name'"),
            "0");
  rollouts::record("init container, 4 replicas", {summary}, summary.at("last").get<std::string>() + ", contracted");
}

}  // namespace
