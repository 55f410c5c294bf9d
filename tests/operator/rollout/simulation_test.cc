// Random events, and an operator that dies between any two writes: what must hold whatever happens
// (operator-protocol, Roll-outs 2 to 4).
#include <gtest/gtest.h>

#include <random>

#include "tests/operator/rollout/world.h"

namespace {

using world::Colour;
using world::Step;
using world::World;

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed) {
    world_.seen.spec.checks = world_.seen.spec.verify.checks = {{.name = "health", .is_http = true, .port = 80}};
    world_.look();
  }

  void run(int looks) {
    for (int i = 0; i < looks && !testing::Test::HasFailure(); ++i) {
      happen();
      look(one_in(4) ? pick(4) : -1);
    }
  }

  /// Nobody disturbs it any more: it comes to rest.
  void end_well() {
    world_.breaks(Colour::kBlue, false);
    world_.breaks(Colour::kGreen, false);
    world_.seen.service.selector = world_.seen.status.selector;
    world_.migration("True", "UpToDate");
    world_.seen.migration.contract_pending = 0;
    world_.checks_pass = true;
    for (int i = 0; i < 200 && !at_rest(); ++i) {
      world_.follow();
      if (world_.condition("Contested") != "-") world_.seen.retry += "r";
      look(-1);
      world_.later(std::chrono::seconds(10));
    }
    EXPECT_TRUE(at_rest()) << world_.condition("Ready") << " " << word(world_.step());
  }

 private:
  bool one_in(int count) { return pick(count) == 0; }
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  bool at_rest() const {
    if (!is_over(world_.step())) return false;
    const bool ready = world_.condition("Ready") == "True/UpToDate";
    return ready || (world_.step() == Step::kFailed && world_.condition("Stalled") != "-");
  }

  void happen() {
    if (!one_in(5)) world_.follow();
    if (one_in(3)) world_.later(std::chrono::seconds(pick(40)));
    switch (pick(60)) {
      case 0:
        return world_.wants(Colour::kGreen);
      case 1:
        return world_.wants(Colour::kBlue);
      case 2:
        world_.seen.abort += "a";
        return;
      case 3:
        world_.seen.retry += "r";
        return;
      case 4:
        return world_.breaks(one_in(2) ? Colour::kBlue : Colour::kGreen, one_in(2));
      case 5:
        return world_.migration(one_in(2) ? "True" : (one_in(2) ? "Stalled" : "False"), "Any");
      case 6:
        world_.seen.migration.contract_pending = pick(2);
        return;
      case 7:
        (one_in(2) ? world_.blue() : world_.green()).template_hash += "t";
        return;
      case 8:
        world_.checks_pass = !world_.checks_pass;
        return;
      case 9:
        if (world_.seen.check.found) world_.checks_end(one_in(2) ? 24 : 70);
        return;
      case 10:  // a GitOps controller that fights back
        world_.seen.service.selector = one_in(2) ? world_.blue().selector : world_.green().selector;
        return;
      case 11:
        (one_in(2) ? world_.blue() : world_.green()).replicas = pick(4);
        return;
      default:
        return;
    }
  }

  void look(int writes) {
    const World before = world_;
    const world::Decision decision = world_.look(writes);
    if (const auto* selector = std::get_if<rollout::SetSelector>(&decision.action)) check_switch(before, *selector);
    if (const auto* scale = std::get_if<rollout::Scale>(&decision.action)) check_scale(before, *scale);
    if (world_.seen.status.migration == rollout::Permission::kContract) check_contract(before);
    if (before.step() != Step::kFailed && world_.step() == Step::kFailed) check_failed(before);
  }

  static void check_switch(const World& before, const rollout::SetSelector& selector) {
    const bool to_blue = selector.selector == before.seen.blue.selector;
    EXPECT_GT((to_blue ? before.seen.blue : before.seen.green).available, 0) << "switched to nobody";
  }

  static void check_scale(const World& before, const rollout::Scale& scale) {
    if (scale.replicas > 0) return;
    const Colour stopped = scale.deployment == before.seen.spec.blue ? Colour::kBlue : Colour::kGreen;
    EXPECT_NE(before.served(), stopped) << "stopped the colour that serves";
    EXPECT_TRUE(before.step() == Step::kStopOld || before.step() == Step::kStopNew);
    if (before.step() != Step::kStopOld) return;
    for (const char* each : {"Switched", "Routed", "Verified", "Drained"}) {
      EXPECT_EQ(before.condition(each), "True/Passed") << each;
    }
  }

  /// Allowed by this look for the first time, or still.
  static void check_contract(const World& before) {
    if (before.seen.status.migration == rollout::Permission::kContract) return;
    const Colour old = other(before.seen.status.sequence.to);
    EXPECT_TRUE(before.seen.colour(old).pods.empty()) << "contract beside old pods";
    EXPECT_EQ(before.served(), before.seen.status.sequence.to);
  }

  static void check_failed(const World& before) {
    const rollout::Sequence& last = before.seen.status.sequence;
    if (!last.from) return;
    EXPECT_EQ(before.served(), last.from) << "the old colour doesn't serve";
  }

  std::mt19937 random_;
  World world_;
};

class Simulations : public testing::TestWithParam<unsigned> {};

TEST_P(Simulations, NeverBreakWhatMustHold) {
  for (unsigned i = 0; i < 50 && !HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(GetParam() * 50 + i));
    Simulation simulation(GetParam() * 50 + i);
    simulation.run(300);
    simulation.end_well();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Simulations, testing::Range(0U, 5U));

}  // namespace
