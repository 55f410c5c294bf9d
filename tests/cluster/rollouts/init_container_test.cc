// A chart that migrates in an init container: a rolling update of four replicas loses no request (guides D1 and D2;
// docs/zero-loss.md).
#include <gmock/gmock.h>

#include "tests/cluster/rollouts/load.h"
#include "tests/cluster/rollouts/people.h"

namespace {

using nlohmann::json;
using rollouts::Load;
using support::World;

// What Git holds for each version: 1 works up to the contract, 2 from the expand on.
json release(const std::string& version) {
  const bool first = version == "1";
  return rollouts::deployment(
      rollouts::with_init_containers({.version = version}, first ? "001" : "002", first ? "003" : ""));
}

TEST(ZeroLoss, AnInitContainerRollOutOfFourReplicas) {
  const World world;
  rollouts::prepare(world);
  world.apply(rollouts::service("people", {{"app", "people"}}));
  world.apply(release("1"));
  ASSERT_TRUE(rollouts::rolled_out(world, "people")) << rollouts::story(world);

  const Load load(world);
  world.apply(release("2"));
  ASSERT_TRUE(rollouts::rolled_out(world, "people")) << rollouts::story(world);
  ASSERT_TRUE(rollouts::pods_gone(world, "version=1")) << rollouts::story(world);
  ASSERT_TRUE(rollouts::migrate(world, "2", "all")) << rollouts::story(world);
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
