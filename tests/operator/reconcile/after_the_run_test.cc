// What stays on the API server when a run has ended, failed, lost its Job or an old operator was replaced.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::good;
using playground::Playground;

void fail_once(Playground& world) {
  world.write_config_map("files", playground::kFiles);
  world.write_migration("shop");
  world.look("shop");
  report::Result said = good();
  said.code = report::ExitCode::kStepFailed;
  said.message = "001_a.up.sql:1: syntax error";
  said.healthy = false;
  world.end_job(said);
  world.look("shop");
}

TEST(AfterTheRun, NothingOfAFailureIsLeftOnceTheNextAttemptSucceeds) {
  Playground world;
  fail_once(world);
  ASSERT_EQ(world.condition("shop", "Stalled"), "True/MigrationFailed");
  world.annotate("shop", "sluice.dev/retry", "1");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "-");
  world.end_job(good());
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_EQ(world.condition("shop", "Stalled"), "-");
  EXPECT_EQ(world.condition("shop", "Reconciling"), "-");
  EXPECT_EQ(world.condition("shop", "Migrated"), "True/Applied");
  EXPECT_EQ(world.migration("shop")["status"]["run"].dump().find("syntax error"), std::string::npos);
}

TEST(AfterTheRun, TheStatusSaysWhatItCameToThoughItsJobIsDeleted) {
  Playground world;
  fail_once(world);
  const json status = world.migration("shop")["status"];
  for (const kube::Object& job : world.list(kube::types::job())) {
    static_cast<void>(world.api().remove(kube::types::job(), kube::name_of(job), {}));
  }
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_TRUE(world.list(kube::types::job()).empty());
  EXPECT_EQ(world.migration("shop")["status"], status);
}

// The Job counts a failed pod and is complete all the same.
TEST(AfterTheRun, ItWasGoodThoughAPodOfItWasEvictedBefore) {
  Playground world;
  world.write_config_map("files", playground::kFiles);
  world.write_migration("shop");
  world.look("shop");
  const kube::Object job = world.list(kube::types::job()).at(0);
  world.add_pod(job, "evicted", 143, "");
  const json disrupted = {
      {"type", "DisruptionTarget"}, {"status", "True"}, {"lastTransitionTime", "2026-01-31T12:00:00Z"}};
  static_cast<void>(world.api().patch(kube::types::pod(), {world.space(), "evicted"},
                                      {{"status", {{"conditions", json::array({disrupted})}}}},
                                      kube::Subresource::kStatus));
  static_cast<void>(world.api().patch(kube::types::job(), kube::name_of(job), {{"status", {{"failed", 1}}}},
                                      kube::Subresource::kStatus));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
  world.end_job(good());
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

// operator-protocol, Jobs 5: an operator of another version comes with another image of the migrator
TEST(AfterTheRun, AnotherMigratorsImageStartsNothing) {
  Playground world;
  world.release();
  world.replace_operator({.migrator_image = "localhost/sluice:next"});
  EXPECT_EQ(world.look("shop"), std::nullopt);
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
}

// operator-protocol, Runtime 2
TEST(AfterTheRun, NoFinalizerKeepsTheResource) {
  Playground world;
  world.release();
  EXPECT_FALSE(world.migration("shop")["metadata"].contains("finalizers"));
  static_cast<void>(world.api().remove(kube::types::database_migration(), {world.space(), "shop"}, {}));
  EXPECT_EQ(world.migration("shop"), nullptr);
}

}  // namespace
