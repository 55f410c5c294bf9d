// DatabaseRollout under load: the good sequence, and what fails before, at and after the switch (operator-protocol,
// Roll-outs 2 to 4; guides D2 and D4; docs/zero-loss.md). That an operator that is killed is continued:
// killed_operator_test.cc.
#include <gmock/gmock.h>

#include "tests/cluster/rollouts/blue_green.h"

namespace {

using nlohmann::json;
using rollouts::BlueGreen;
using rollouts::Load;
using support::World;
using testing::Contains;
using testing::Pair;

const std::string kStep = "{.status.sequence.step}";

/// The Jobs of the checks, as the kubelet ran them.
std::size_t succeeded_checks(const World& world) {
  std::size_t count = 0;
  for (const json& job : world.list("jobs", "sluice.dev/rollout=people")) {
    if (job.at("status").value("succeeded", 0) == 1) ++count;
  }
  return count;
}

void expect_blue_serves_alone(const BlueGreen& shop, const json& summary) {
  EXPECT_EQ(summary.at("last"), "1") << summary.dump(1);
  EXPECT_EQ(shop.selected(), "blue");
  EXPECT_EQ(shop.replicas("blue"), 2);
  EXPECT_EQ(shop.replicas("green"), 0);
  EXPECT_TRUE(shop.has_column("name"));
  EXPECT_EQ(shop.condition("WentBack"), "True/OldServes");
  EXPECT_THAT(shop.events(), Contains(Pair("SequenceFailed", 1))) << shop.description();
}

TEST(ZeroLoss, ADatabaseRolloutToTheNewColourAndContract) {
  const World world;
  const BlueGreen shop(world);
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  shop.release_green();
  ASSERT_TRUE(shop.waits("{.status.sequence.to}", "Green") && shop.waits(kStep, "Done")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, good", load, shop, "2, contracted");

  EXPECT_EQ(summary.at("last"), "2");
  EXPECT_EQ(succeeded_checks(world), 3U) << "Check, Recheck, Verify";
  EXPECT_EQ(shop.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(shop.selected(), "green");
  EXPECT_EQ(shop.replicas("green"), 2);
  EXPECT_EQ(shop.replicas("blue"), 0);
  EXPECT_TRUE(world.list("pods", "colour=blue").empty());
  EXPECT_FALSE(shop.has_column("name")) << "contract hasn't run";
  EXPECT_TRUE(world.becomes("people", "Ready", "True/UpToDate", 10)) << shop.story();
  EXPECT_EQ(world.condition("people", "Contracted"), "True/NothingPending");
  const std::map<std::string, int> events = shop.events();
  for (const char* step : {"Started", "Checked", "Expanded", "Rechecked", "Approved", "Switched", "Routed", "Verified",
                           "Drained", "OldStopped", "Contracted"}) {
    EXPECT_EQ(shop.condition(step), "True/Passed") << step;
    EXPECT_THAT(events, Contains(Pair(step, 1))) << shop.description();
  }
  EXPECT_THAT(events, Contains(Pair("SequenceDone", 1))) << shop.description();
}

TEST(ZeroLoss, TheFirstReleaseByADatabaseRolloutBringsTheSchemaAndTheColour) {
  const World world;
  const BlueGreen shop(world);
  ASSERT_TRUE(shop.release_first()) << shop.story();
  EXPECT_EQ(shop.selected(), "blue");
  EXPECT_EQ(succeeded_checks(world), 2U) << "one for Check, one for the whole verification";
  const Load load(world);
  const json summary = rollouts::end_case("DatabaseRollout, first release", load, shop, "1");
  EXPECT_EQ(summary.at("last"), "1");
}

// Check passes on the old schema, Recheck doesn't on the new one.
TEST(ZeroLoss, ADatabaseRolloutWhoseChecksFailBeforeTheSwitch) {
  const World world;
  const BlueGreen shop(world, {{"checks",
                                {{{"name", "selftest"},
                                  {"http", {{"port", 8080}, {"path", "/verify"}}},
                                  {"retries", 1},
                                  {"interval", "1s"}}}}});
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  support::Files files = rollouts::migrations_of_2();
  files["002_full_name.up.sql"] += "insert into faults values ('2', 'verify');\n";
  shop.release_green(files);
  ASSERT_TRUE(shop.waits(kStep, "Failed")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, a check fails before the switch", load, shop, "1");

  expect_blue_serves_alone(shop, summary);
  EXPECT_EQ(summary.at("versions").count("2"), 0U) << summary.dump(1);
  EXPECT_EQ(shop.condition("Ready"), "False/CheckFailed");
  EXPECT_EQ(shop.condition("Checked"), "True/Passed");
  EXPECT_EQ(shop.condition("Rechecked"), "False/CheckFailed");
  EXPECT_EQ(shop.condition("Switched"), "");
  EXPECT_EQ(world.condition("people", "Ready"), "True/ExpandComplete") << "the old code works on the expanded schema";
}

TEST(ZeroLoss, ADatabaseRolloutWhoseMigrationFailsNeverReachesTheSwitch) {
  const World world;
  const BlueGreen shop(world);
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  support::Files files = rollouts::migrations_of_2();
  files["002_full_name.up.sql"] += "select 1 / 0;\n";
  shop.release_green(files);
  ASSERT_TRUE(shop.waits(kStep, "Failed")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, the migration fails", load, shop, "1");

  expect_blue_serves_alone(shop, summary);
  EXPECT_EQ(summary.at("versions").count("2"), 0U) << summary.dump(1);
  EXPECT_EQ(shop.condition("Expanded"), "False/MigrationFailed");
  EXPECT_EQ(shop.condition("Switched"), "");
  EXPECT_EQ(world.condition("people", "Ready"), "False/MigrationFailed");
}

// While a person thinks about it, the new pods fall.
TEST(ZeroLoss, ADatabaseRolloutWhoseNewPodsAreNotReadyWhenTheSwitchIsDue) {
  const World world;
  const BlueGreen shop(world, {{"approval", "Required"}, {"startTimeout", "30s"}});
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  shop.release_green();
  ASSERT_TRUE(shop.waits("{.status.conditions[?(@.type=='Ready')].reason}", "AwaitingApproval")) << shop.story();
  shop.let_green_fail("readyz");
  ASSERT_EQ(world.kubectl({"wait", "deployment/people-green", "--for=condition=Available=False", "--timeout=30s"}).code,
            0)
      << shop.story();
  shop.annotate("sluice.dev/approve", shop.resource().at("status").at("sequence").at("id"));
  ASSERT_TRUE(shop.waits(kStep, "Failed")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, failure at the switch", load, shop, "1");

  expect_blue_serves_alone(shop, summary);
  EXPECT_EQ(summary.at("versions").count("2"), 0U) << summary.dump(1);
  EXPECT_EQ(shop.condition("Approved"), "True/Passed");
  EXPECT_EQ(shop.condition("Switched"), "False/SwitchFailed");
}

// operator-protocol, Roll-outs 4: what fails is a check that traffic doesn't see.
TEST(ZeroLoss, ADatabaseRolloutThatFailsInVerificationGoesBack) {
  const World world;
  const BlueGreen shop(world);
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  shop.let_green_fail("verify");
  shop.release_green();
  ASSERT_TRUE(shop.waits(kStep, "Failed")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, verification fails", load, shop, "1");

  expect_blue_serves_alone(shop, summary);
  EXPECT_EQ(summary.at("versions").count("2"), 1U) << "it was never switched: " << summary.dump(1);
  EXPECT_EQ(shop.condition("Ready"), "False/VerifyFailed");
  EXPECT_EQ(shop.condition("Switched"), "False/SwitchedBack");
  EXPECT_EQ(shop.condition("Verified"), "False/VerifyFailed");
  EXPECT_THAT(shop.events(), Contains(Pair("SwitchedBack", 1))) << shop.description();
  EXPECT_EQ(world.condition("people", "Ready"), "True/ExpandComplete");
}

TEST(ZeroLoss, ADatabaseRolloutThatIsAbortedAfterTheSwitchGoesBack) {
  const World world;
  const BlueGreen shop(world, {{"verify", {{"for", "10m"}}}});
  ASSERT_TRUE(shop.adopt_blue()) << shop.story();
  const Load load(world);
  shop.release_green();
  ASSERT_TRUE(shop.waits(kStep, "Verify")) << shop.story();
  load.settle();
  shop.annotate("sluice.dev/abort", "a person thought better of it");
  ASSERT_TRUE(shop.waits(kStep, "Failed")) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, aborted after the switch", load, shop, "1");

  expect_blue_serves_alone(shop, summary);
  EXPECT_EQ(summary.at("versions").count("2"), 1U) << "it was never switched: " << summary.dump(1);
  EXPECT_EQ(shop.condition("Ready"), "False/Aborted");
  EXPECT_EQ(shop.condition("Verified"), "False/Aborted");
}

}  // namespace
