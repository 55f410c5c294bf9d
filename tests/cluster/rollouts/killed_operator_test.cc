// DatabaseRollout under load with an operator that is killed at each step: the next one goes on where it was
// (operator-protocol, Runtime 4 and Roll-outs 2; docs/zero-loss.md). The operator in the cluster is scaled away
// meanwhile; those with failpoints run beside the cluster.
#include <gmock/gmock.h>

#include "tests/cluster/rollouts/blue_green.h"
#include "tests/cluster/without_operator.h"

namespace {

using nlohmann::json;
using rollouts::BlueGreen;
using rollouts::Load;
using support::Program;
using support::World;

const std::string kStepNow = "{.status.sequence.step}";

class KilledOperator : public support::WithoutOperator {
 protected:
  static std::vector<std::string> an_operator(const World& world) {
    std::vector<std::string> argv = operator_beside_the_cluster(world);
    argv.push_back("--contract-quiet=5");
    return argv;
  }

  static bool adopt_blue(const World& world, const BlueGreen& shop) {
    const Program any(an_operator(world));
    return shop.adopt_blue();
  }

  /// Operators one after the other, each killed at the next of these places that it comes to. False: one wasn't.
  static bool are_killed(const World& world, const std::vector<std::string>& places) {
    std::string all;
    for (const std::string& each : places) all += (all.empty() ? "rollout." : ",rollout.") + each + "=kill";
    for (std::size_t i = 0; i < places.size(); ++i) {
      Program program(an_operator(world), {"SLUICE_FAILPOINT=" + all});
      const bool ended = support::eventually([&] { return !program.is_running(); }, 90);
      if (!ended || program.wait().code != 137) {
        ADD_FAILURE() << i << " operators were killed; the next one wasn't at any of " << all;
        return false;
      }
    }
    return true;
  }

  static void expect_one_sequence(const BlueGreen& shop, const std::string& outcome) {
    const json history = shop.resource().at("status").at("history");
    EXPECT_EQ(history.size(), 1U) << history.dump(1);
    EXPECT_EQ(history.at(0).at("outcome"), outcome) << history.dump(1);
    std::map<std::string, int> events = shop.events();
    for (const char* each : {"SequenceStarted", "Started", "Checked", "Expanded", "Approved", "Switched", "Routed"}) {
      EXPECT_EQ(events[each], 1) << each << " " << shop.description();
    }
    EXPECT_EQ(events["Sequence" + outcome], 1) << shop.description();
    for (const char* each : {"Verified", "Drained", "OldStopped", "Contracted"}) {
      EXPECT_EQ(events[each], outcome == "Done" ? 1 : 0) << each << " " << shop.description();
    }
  }
};

// The load goes on until the old colour is gone; that the rest loses nothing shows the next case.
TEST_F(KilledOperator, IsContinuedAtEachStepUpToTheVerification) {
  const World world;
  const BlueGreen shop(world);
  ASSERT_TRUE(adopt_blue(world, shop)) << shop.story();
  const Load load(world);
  shop.release_green();
  ASSERT_TRUE(are_killed(world, {"start", "start.acted", "check", "expand", "recheck", "approve", "switch",
                                 "switch.acted", "route", "verify"}))
      << shop.story();
  const Program next(an_operator(world));
  ASSERT_TRUE(shop.waits(kStepNow, "StopOld")) << shop.story();
  ASSERT_TRUE(rollouts::pods_gone(world, "colour=blue", 60)) << shop.story();
  const json summary =
      rollouts::end_case("DatabaseRollout, operator killed at 10 places up to Verify", load, shop, "2");
  EXPECT_EQ(summary.at("last"), "2") << summary.dump(1);
  ASSERT_TRUE(shop.waits(kStepNow, "Done")) << shop.story();
  EXPECT_FALSE(shop.has_column("name"));
  EXPECT_EQ(shop.replicas("green"), 2);
  EXPECT_EQ(world.list("jobs", "sluice.dev/rollout=people").size(), 3U) << shop.story();
  expect_one_sequence(shop, "Done");
}

TEST_F(KilledOperator, IsContinuedAtEachStepAfterTheVerification) {
  const World world;
  const BlueGreen shop(world, {{"checks", nullptr}});
  ASSERT_TRUE(adopt_blue(world, shop)) << shop.story();
  const Load load(world);
  shop.release_green();
  ASSERT_TRUE(are_killed(world, {"drain", "stop_old", "stop_old.acted", "contract", "done"})) << shop.story();
  const Program next(an_operator(world));
  EXPECT_TRUE(world.becomes("people", "Ready", "True/UpToDate", 30)) << shop.story();
  const json summary = rollouts::end_case("DatabaseRollout, operator killed at 5 places from Drain to Done", load, shop,
                                          "2, contracted");
  EXPECT_EQ(summary.at("last"), "2") << summary.dump(1);
  EXPECT_EQ(shop.condition("Ready"), "True/UpToDate");
  EXPECT_EQ(shop.selected(), "green");
  EXPECT_EQ(shop.replicas("green"), 2);
  EXPECT_EQ(shop.replicas("blue"), 0);
  EXPECT_FALSE(shop.has_column("name"));
  expect_one_sequence(shop, "Done");
}

TEST_F(KilledOperator, IsContinuedAtEachStepBack) {
  const World world;
  const BlueGreen shop(world, {{"checks", nullptr}});
  ASSERT_TRUE(adopt_blue(world, shop)) << shop.story();
  const Load load(world);
  shop.let_green_fail("verify");
  shop.release_green();
  ASSERT_TRUE(are_killed(
      world, {"switch_back", "switch_back.acted", "route_back", "drain_back", "stop_new", "stop_new.acted", "failed"}))
      << shop.story();
  const Program next(an_operator(world));
  EXPECT_TRUE(rollouts::pods_gone(world, "colour=green", 60)) << shop.story();
  const json summary =
      rollouts::end_case("DatabaseRollout, operator killed at 7 places on the way back", load, shop, "1");
  EXPECT_EQ(summary.at("last"), "1") << summary.dump(1);
  EXPECT_EQ(shop.condition("Ready"), "False/VerifyFailed");
  EXPECT_EQ(shop.selected(), "blue");
  EXPECT_EQ(shop.replicas("blue"), 2);
  EXPECT_EQ(shop.replicas("green"), 0);
  EXPECT_TRUE(shop.has_column("name"));
  expect_one_sequence(shop, "Failed");
}

}  // namespace
