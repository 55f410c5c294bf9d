// The sequence's last step, which the DatabaseMigration carries out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/operator/rollout/world.h"

namespace {

using world::Colour;
using world::Step;
using world::World;

TEST(Contract, IsPassedAtOnceWhereNothingIsPending) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kContract));
  world.look();
  EXPECT_EQ(world.condition("Contracted"), "True/Passed");
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

TEST(Contract, WaitsForTheMigration) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kContract));
  world.seen.migration.contract_pending = 2;
  world.seen.migration.contracted = "False";
  world.seen.migration.contract_reason = "OldCodeRunning";
  world.look();
  EXPECT_EQ(world.condition("Ready"), "False/Contracting");
  world.seen.migration.contract_pending = 0;
  world.seen.migration.contracted = "True";
  world.look();
  EXPECT_EQ(world.condition("Ready"), "True/UpToDate");
}

// operator-protocol, Status 2: a contract that waits for a person never holds Ready back
TEST(Contract, ThatWaitsForAPersonLeavesTheRolloutReady) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kContract));
  world.seen.migration.contract_pending = 2;
  world.seen.migration.contracted = "False";
  world.seen.migration.contract_reason = "AwaitingApproval";
  world.look();
  EXPECT_EQ(world.condition("Ready"), "True/ContractAwaitsApproval");
  EXPECT_EQ(world.condition("Contracted"), "False/ContractAwaitsApproval");
}

TEST(Contract, LeftUndoneDoesNotHoldUpTheNextSequence) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kContract));
  world.seen.migration.contract_pending = 2;
  world.wants(Colour::kBlue);
  world.look();
  EXPECT_EQ(world.seen.status.sequence.to, Colour::kBlue);
  EXPECT_EQ(world.seen.status.migration, rollout::Permission::kHeld);
  EXPECT_THAT(world.told, testing::Contains("ContractLeftUndone"));
}

TEST(Contract, UnderWayEndsBeforeTheNextSequence) {
  World world;
  ASSERT_TRUE(world.comes_to(Step::kContract));
  world.seen.migration.contract_pending = 2;
  world.migration("False", "Running");
  world.wants(Colour::kBlue);
  world.look();
  EXPECT_EQ(world.step(), Step::kContract);
}

}  // namespace
