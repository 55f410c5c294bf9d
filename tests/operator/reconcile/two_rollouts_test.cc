// Two applications with one database: what their DatabaseRollouts let their one migration do (operator-protocol,
// Roll-outs 2).
#include <gtest/gtest.h>

#include "operator/reconcile/held.h"
#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::Playground;

class TwoRollouts : public testing::Test {
 protected:
  /// As it stands on the API server, and in the caches.
  void stand(const std::string& name, const std::string& step, const std::string& migration) {
    const json object = {{"apiVersion", "sluice.dev/v1alpha1"},
                         {"kind", "DatabaseRollout"},
                         {"metadata", {{"name", name}, {"namespace", world.space()}}},
                         {"spec",
                          {{"migrationRef", {{"name", "db"}}},
                           {"service", name},
                           {"blue", name + "-blue"},
                           {"green", name + "-green"},
                           {"target", "Green"}}}};
    static_cast<void>(world.api().apply(kube::types::database_rollout(), object, {.field_manager = "user"}));
    const json status = {
        {"status",
         {{"migration", migration},
          {"sequence", {{"number", 1}, {"id", "i"}, {"from", "Blue"}, {"to", "Green"}, {"step", step}}}}}};
    static_cast<void>(
        world.api().patch(kube::types::database_rollout(), {world.space(), name}, status, kube::Subresource::kStatus));
    caches.rollouts.put(*world.api().get(kube::types::database_rollout(), {world.space(), name}));
  }
  reconcile::HeldByRollout held() { return reconcile::read_held(world.api(), caches, {world.space(), "db"}); }

  Playground world;
  runtime::Caches caches;
};

TEST_F(TwoRollouts, AreBothNamedWhileNeitherIsAtStepExpand) {
  stand("shop", "Done", "Held");
  stand("admin", "Check", "Held");
  EXPECT_EQ(held().expand, "admin or shop");
  EXPECT_EQ(held().contract, "admin or shop");
}

TEST_F(TwoRollouts, LetExpandRunAtTheStepOfEither) {
  stand("shop", "Expand", "Expand");
  stand("admin", "Done", "Held");
  EXPECT_EQ(held().expand, "");
  EXPECT_EQ(held().contract, "admin or shop");
}

TEST_F(TwoRollouts, LetContractWaitForTheOthersSequence) {
  stand("shop", "Contract", "Contract");
  stand("admin", "Verify", "Held");
  EXPECT_EQ(held().contract, "admin");
  stand("admin", "Contract", "Contract");
  EXPECT_EQ(held().contract, "");
}

TEST_F(TwoRollouts, LetContractRunOnceTheOtherHasEnded) {
  stand("shop", "Contract", "Contract");
  stand("admin", "Done", "Held");
  EXPECT_EQ(held().contract, "");
}

// The cache still says Contract; the API server doesn't.
TEST_F(TwoRollouts, AreAskedAgainBeforeContract) {
  stand("shop", "Contract", "Contract");
  const json later = {{"status", {{"migration", "Held"}, {"sequence", {{"step", "Done"}}}}}};
  static_cast<void>(
      world.api().patch(kube::types::database_rollout(), {world.space(), "shop"}, later, kube::Subresource::kStatus));
  EXPECT_EQ(held().contract, "shop");
}

}  // namespace
