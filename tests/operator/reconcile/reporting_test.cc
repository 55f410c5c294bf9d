// Reports of the application's own pods on a real API server: operator-protocol, Trust 4; guides D1.
#include <gmock/gmock.h>

#include "tests/operator/reconcile/playground.h"
#include "tests/support/postgres_server.h"

namespace {

using nlohmann::json;
using playground::good;
using playground::kFiles;
using playground::Playground;

report::Result found(int pending, std::vector<std::string> heads) {
  report::Result said = good();
  said.pending = pending;
  said.heads = std::move(heads);
  return said;
}

class Reporting : public testing::Test {
 protected:
  /// Resource `shop`, which its pods migrate; a look has found two steps left.
  void wait_for_pods() {
    world.write_config_map("files", kFiles);
    world.write_migration("shop", {{"runBy", "Pods"}});
    world.look("shop");
    world.end_job(found(2, {}));
    world.look("shop");
    ASSERT_EQ(world.condition("shop", "Ready"), "False/WaitingForPods");
  }
  /// A Job that looks is started, Ready being as it says; it ends so. False: none is started.
  bool looks_and_finds(const report::Result& result, const std::string& ready_meanwhile = "False/Verifying") {
    const std::size_t before = world.list(kube::types::job()).size();
    const bool started = support::eventually([&] {
      world.look("shop");
      return world.list(kube::types::job()).size() > before;
    });
    if (!started) return false;
    EXPECT_EQ(world.condition("shop", "Ready"), ready_meanwhile);
    world.end_job(result);
    world.look("shop");
    return true;
  }
  /// What each Job's container runs.
  std::vector<std::string> verbs() {
    std::vector<std::string> words;
    for (const json& job : world.list(kube::types::job())) {
      words.push_back(job["spec"]["template"]["spec"]["containers"][0]["args"][0]);
    }
    return words;
  }
  json reports() { return world.migration("shop")["status"].value("reports", json::array()); }

  Playground world;
};

TEST_F(Reporting, OfPodsThatMigrateMakesItReadyOnlyByAJobThatLooked) {
  wait_for_pods();
  world.report_as_pod("shop-1", 0, report::to_json(found(0, {"001"})));
  ASSERT_TRUE(looks_and_finds(found(0, {"001"})));
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_THAT(verbs(), testing::Each("survey"));
  const json shown = reports().at(0);
  EXPECT_EQ(shown["pod"], "shop-1");
  EXPECT_EQ(shown["reportedBy"], "pod");
  EXPECT_EQ(shown["reason"], "Done");
  EXPECT_EQ(shown["heads"], json({"001"}));
  EXPECT_EQ(shown["verified"], true);
}

// operator-protocol, Trust 4: a hand-made pod with our owner reference and labels was accepted
TEST_F(Reporting, ForgedByAHandMadePodStartsALookAndNothingElse) {
  wait_for_pods();
  const json uid = world.migration("shop")["metadata"]["uid"];
  const json owner = {{"apiVersion", "sluice.dev/v1alpha1"},
                      {"kind", "DatabaseMigration"},
                      {"name", "shop"},
                      {"uid", uid},
                      {"controller", true}};
  const json labels = {{"sluice.dev/migration", "shop"}, {"app.kubernetes.io/managed-by", "sluice-operator"}};
  report::Result lie = found(0, {"001"});
  lie.plan_hash = "abcdef0123456789";
  lie.message = "all is well";
  world.report_as_pod("forged", 0, report::to_json(lie),
                      {{"labels", labels}, {"ownerReferences", json::array({owner})}});
  ASSERT_TRUE(looks_and_finds(found(2, {})));
  EXPECT_EQ(world.condition("shop", "Ready"), "False/WaitingForPods");
  EXPECT_EQ(world.condition("shop", "Approved"), "-");
  EXPECT_EQ(world.condition("shop", "Contracted"), "-");
  const json status = world.migration("shop")["status"];
  EXPECT_EQ(status["heads"], json::array());
  EXPECT_EQ(status["pending"], 2);
  EXPECT_FALSE(status.contains("plan"));
  EXPECT_EQ(status["reports"][0]["verified"], false);
  EXPECT_EQ(status.dump().find("all is well"), std::string::npos);
  // The same lie starts no second one.
  const std::size_t jobs = world.list(kube::types::job()).size();
  EXPECT_EQ(world.look("shop"), std::nullopt);
  EXPECT_EQ(world.list(kube::types::job()).size(), jobs);
  EXPECT_THAT(verbs(), testing::Each("survey"));
}

// operator-protocol, Trust 4: nor does it take anything away
TEST_F(Reporting, ForgedAsAFailureLeavesAReadyResourceReady) {
  world.release();
  world.report_as_pod("forged", 31, report::to_json({.code = report::ExitCode::kNotWentBack, .heads = {"000"}}));
  ASSERT_TRUE(looks_and_finds(found(0, {"001"}), "True/UpToDate"));
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_THAT(verbs(), testing::UnorderedElementsAre("run", "survey"));
}

TEST_F(Reporting, OfNonsenseIsShownAsUnreadable) {
  world.release();
  world.report_as_pod("odd", 137, "\"; drop table users; --");
  world.look("shop");
  EXPECT_EQ(reports().at(0)["reason"], "Unreadable");
  EXPECT_EQ(reports().at(0)["code"], 137);
  EXPECT_EQ(world.migration("shop")["status"].dump().find("drop table"), std::string::npos);
}

TEST_F(Reporting, ThatAgreesWithTheOperatorsOwnRunStartsNothing) {
  world.release();
  world.report_as_pod("shop-1", 0, report::to_json(found(0, {"001"})));
  world.look("shop");
  EXPECT_EQ(reports().at(0)["verified"], true);
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

}  // namespace
