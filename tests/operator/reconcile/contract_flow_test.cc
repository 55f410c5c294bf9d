// From expand to contract with real objects: what the operator creates, and what holds it back (operator-protocol,
// Roll-outs 1).
#include <gmock/gmock.h>

#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::good;
using playground::Playground;
using testing::HasSubstr;

reconcile::Settings without_quiet() {
  return {.migrator_image = "localhost/sluice:test", .contract_quiet = std::chrono::seconds(0)};
}

class Flow : public testing::Test {
 protected:
  /// Phase Expand; consumers are pods with label app=shop; the expand run left one contract step.
  void expand(const std::string& answers) {
    world.write_config_map("files", playground::kFiles);
    world.write_migration("shop",
                          {{"phase", "Expand"}, {"consumers", {{{"selector", {{"matchLabels", {{"app", "shop"}}}}}}}}});
    world.look("shop");
    report::Result said = good();
    said.contract_pending = 1;
    said.contract_plan = "0123456789abcdef";
    said.answers = answers;
    world.end_job(said);
    world.look("shop");
  }
  void pod(const std::string& name, const std::string& annotation, const json& finalizers = json::array()) {
    const json metadata = {{"name", name},
                           {"namespace", world.space()},
                           {"labels", {{"app", "shop"}}},
                           {"annotations", {{"sluice.dev/requires", annotation}}},
                           {"finalizers", finalizers}};
    const json object = {{"apiVersion", "v1"},
                         {"kind", "Pod"},
                         {"metadata", metadata},
                         {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}};
    ASSERT_EQ(world.api().create(kube::types::pod(), object).outcome, kube::CreateOutcome::kCreated);
  }
  json environment_of_newest_job() {
    json newest;
    for (const kube::Object& job : world.list(kube::types::job())) {
      if (newest.is_null() || attempt(job) > attempt(newest)) newest = job;
    }
    json environment = json::object();
    for (const json& each : kube::value_at(newest, "/spec/template/spec/containers/0/env")) {
      if (each.contains("value")) environment[each["name"].get<std::string>()] = each["value"];
    }
    return environment;
  }
  static int attempt(const json& job) { return std::stoi(kube::label_of(job, "sluice.dev/attempt")); }
  std::string message() {
    const kube::Object migration = world.migration("shop");
    for (const json& each : kube::value_at(migration, "/status/conditions")) {
      if (each["type"] == "Contracted") return each["message"];
    }
    return "";
  }

  Playground world{without_quiet()};
};

TEST_F(Flow, GoesFromExpandToContractWhenOnlyNewCodeIsLeft) {
  pod("new", "shop>=001");
  expand("c");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/ExpandComplete");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/ContractRunning");
  const json environment = environment_of_newest_job();
  EXPECT_EQ(environment["SLUICE_PHASE"], "all");
  EXPECT_EQ(environment["SLUICE_QUESTIONS"], "001");
  EXPECT_EQ(environment["SLUICE_EXPECT_ANSWERS"], "c");
  report::Result done = good();
  done.heads = {"002"};
  done.answers = "c";
  world.end_job(done);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  EXPECT_EQ(world.condition("shop", "Contracted"), "True/NothingPending");
  EXPECT_EQ(world.migration("shop")["status"]["heads"], json({"002"}));
}

TEST_F(Flow, StaysAtExpandWhileAnOldPodIsTerminating) {
  pod("old", "other>=001", {"example.com/still-serving"});
  expand("");
  static_cast<void>(world.api().remove(kube::types::pod(), {world.space(), "old"}, {}));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/ExpandComplete");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/OldCodeRunning");
  EXPECT_THAT(message(), HasSubstr("Pod old (terminating)"));
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
  static_cast<void>(world.api().patch(kube::types::pod(), {world.space(), "old"},
                                      {{"metadata", {{"finalizers", nullptr}}}}, kube::Subresource::kNone));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/ContractRunning");
}

// operator-protocol, Jobs 1: Jobs and pods come by different watches
TEST_F(Flow, DoesNotTakeAContractsResultForLostThatItsCachesDoNotShowYet) {
  expand("");
  world.replace_operator(without_quiet());
  world.look("shop");
  ASSERT_EQ(world.condition("shop", "Contracted"), "False/ContractRunning");
  report::Result said = good();
  said.code = report::ExitCode::kNotWentBack;
  world.end_job(said);
  world.refresh_jobs();
  world.look_with_old_caches("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/RollbackFailed");
}

// The count that decides is one of this very look, not of a cache.
TEST_F(Flow, SeesAnOldPodThatNoWatchHasShownYet) {
  expand("");
  pod("late", "other>=001");
  world.look_with_old_caches("shop");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Contracted"), "False/OldCodeRunning");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

TEST_F(Flow, WritesAStatusThatTheApiServerTakesAndKeeps) {
  pod("old", "shop<001");
  pod("odd", "shop>=zzz");
  expand("c?");
  world.look("shop");
  const json status = world.migration("shop")["status"];
  EXPECT_EQ(status["revisions"], json::parse(R"([{"id": "001", "applied": true, "contract": "Ready"},
                                                 {"id": "zzz", "applied": false, "contract": "Unknown"}])"));
  EXPECT_EQ(status["consumers"]["old"], 2);
  EXPECT_EQ(status["consumers"]["outside"], json({"old"}));
  EXPECT_EQ(status["contractPlan"], "0123456789abcdef");
}

TEST_F(Flow, TellsByAnEventOfAPodWhoseRangeTheDatabaseHasLeft) {
  pod("old", "shop<001");
  expand("c");
  for (int i = 0; i < 3; ++i) world.look("shop");
  int told = 0;
  for (const kube::Object& event : world.list(kube::types::event())) {
    if (kube::text_at(event, "/reason") != "OutsideRange") continue;
    ++told;
    EXPECT_EQ(kube::text_at(event, "/type"), "Warning");
    EXPECT_EQ(kube::text_at(event, "/note"), "Pod old can't run with 001, which is applied");
  }
  EXPECT_EQ(told, 1);
}

}  // namespace
