// The load sees what it is there to see: a case that counts no failures would mean nothing otherwise.
#include "tests/cluster/rollouts/load.h"

#include <gmock/gmock.h>

#include "tests/cluster/rollouts/people.h"

namespace {

using nlohmann::json;
using rollouts::Load;
using support::World;

bool sees_failures(const Load& load, const std::string& kind) {
  return support::eventually(
      [&] {
        const json now = load.report();
        return now.is_object() && now.at("kinds").value(kind, 0) >= 20;
      },
      60);
}

TEST(ZeroLossLoad, CountsErrorsOfTheOldVersionOnANewSchemaAndConnectionsThatNobodyTakes) {
  const World world;
  rollouts::prepare(world);
  world.sql(rollouts::migrations_of_1().begin()->second);
  world.apply(rollouts::service("people", {{"app", "people"}}));
  world.apply(rollouts::deployment({.replicas = 1}));
  ASSERT_TRUE(rollouts::rolled_out(world, "people")) << rollouts::story(world);

  const Load load(world);
  world.sql("alter table people rename column name to full_name");
  EXPECT_TRUE(sees_failures(load, "status 500")) << load.report().dump(1);
  world.apply(rollouts::service("people", {{"app", "nobody"}}));
  EXPECT_TRUE(sees_failures(load, "connection refused")) << load.report().dump(1);
  const json first = load.stop().at("firstFailures").at(0);
  EXPECT_EQ(first.at("version"), "1") << first;
  EXPECT_THAT(first.at("detail"), testing::StartsWith("42703")) << first;
}

}  // namespace
