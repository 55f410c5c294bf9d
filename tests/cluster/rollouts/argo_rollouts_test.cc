// Argo Rollouts' blue-green, by its real controller, with our gate as prePromotionAnalysis (operator-protocol,
// Roll-outs 5; docs/zero-loss.md).
#include <gmock/gmock.h>

#include "tests/cluster/rollouts/load.h"
#include "tests/cluster/rollouts/people.h"
#include "tests/support/source.h"

namespace {

using nlohmann::json;
using rollouts::Load;
using support::World;

// The example that users copy, pointed at this world's migration.
json analysis(const World& world) {
  const std::string file = support::source("deploy/examples/argo-rollouts/analysis-template.yaml");
  json object = json::parse(support::must_kubectl({"create", "--dry-run=client", "-o", "json", "-f", file}));
  object.at("metadata").erase("namespace");
  std::string& url = object["spec"]["metrics"][0]["provider"]["web"]["url"].get_ref<std::string&>();
  const std::string of_example = "/gate/v1/shop/shop?";
  url.replace(url.find(of_example), of_example.size(), "/gate/v1/" + world.name() + "/people?");
  return object;
}

json rollout(const std::string& version) {
  const json blue_green = {
      {"activeService", "people"},
      {"previewService", "people-preview"},
      {"prePromotionAnalysis",
       {{"templates", {{{"templateName", "shop-schema"}}}}, {"args", {{{"name", "revision"}, {"value", "002"}}}}}},
      {"scaleDownDelaySeconds", 30},
      {"abortScaleDownDelaySeconds", 5}};
  return {{"apiVersion", "argoproj.io/v1alpha1"},
          {"kind", "Rollout"},
          {"metadata", {{"name", "people"}}},
          {"spec",
           {{"replicas", 2},
            {"minReadySeconds", 1},
            {"selector", {{"matchLabels", {{"app", "people"}}}}},
            {"strategy", {{"blueGreen", blue_green}}},
            {"template", rollouts::pod_template({.version = version})}}}};
}

bool phase_becomes(const World& world, const std::string& wanted, int seconds = 120) {
  return support::eventually(
      [&] {
        const json object = world.get("rollout.argoproj.io", "people");
        const json status = object.value("status", json::object());
        return status.value("phase", "") == wanted &&
               status.value("observedGeneration", "") == std::to_string(object["metadata"]["generation"].get<int>());
      },
      seconds);
}

std::string story(const World& world) {
  return rollouts::story(world) + world.kubectl({"get", "rollouts.argoproj.io,analysisruns", "-o", "yaml"}).out;
}

// Version 1 serves, through Argo Rollouts.
void release_first(const World& world) {
  rollouts::prepare(world);
  world.migration("people", {{"migrations", {{"configMaps", {"migrations-1"}}}}});
  world.apply(rollouts::service("people", {{"app", "people"}}));
  world.apply(rollouts::service("people-preview", {{"app", "people"}}));
  world.apply(analysis(world));
  ASSERT_TRUE(world.becomes("people", "Ready", "True/UpToDate")) << story(world);
  world.apply(rollout("1"));
  ASSERT_TRUE(phase_becomes(world, "Healthy")) << story(world);
}

TEST(ZeroLoss, ArgoRolloutsBlueGreenGatedOnAGoodMigration) {
  const World world;
  release_first(world);
  const Load load(world);
  world.apply(rollout("2"));
  world.migration("people", {{"migrations", {{"configMaps", {"migrations-2"}}}}, {"phase", "Expand"}});
  ASSERT_TRUE(rollouts::pods_gone(world, "version=1", 180)) << story(world);
  load.settle();
  const json summary = load.stop();
  EXPECT_EQ(summary.at("failures"), 0) << summary.dump(1) << story(world);
  EXPECT_EQ(summary.at("last"), "2") << summary.dump(1);
  EXPECT_TRUE(phase_becomes(world, "Healthy")) << story(world);
  rollouts::record("Argo Rollouts, good", {summary}, summary.at("last").get<std::string>());
}

TEST(ZeroLoss, ArgoRolloutsBlueGreenGatedOnAFailingMigration) {
  const World world;
  release_first(world);
  const Load load(world);
  support::Files bad = rollouts::migrations_of_2();
  bad["002_full_name.up.sql"] += "select 1 / 0;\n";
  world.config_map("migrations-2", bad);
  world.migration("people", {{"migrations", {{"configMaps", {"migrations-2"}}}}, {"phase", "Expand"}});
  world.apply(rollout("2"));
  ASSERT_TRUE(phase_becomes(world, "Degraded")) << story(world);
  ASSERT_TRUE(rollouts::pods_gone(world, "version=2")) << story(world);
  load.settle();
  const json summary = load.stop();
  EXPECT_EQ(summary.at("failures"), 0) << summary.dump(1) << story(world);
  EXPECT_EQ(summary.at("versions").count("2"), 0U) << summary.dump(1);
  EXPECT_TRUE(world.becomes("people", "Stalled", "True/MigrationFailed")) << story(world);
  rollouts::record("Argo Rollouts, failing migration", {summary}, summary.at("last").get<std::string>());
}

}  // namespace
