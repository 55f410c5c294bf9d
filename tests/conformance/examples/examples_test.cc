// The examples of each roll-out tool: what is ours and Kubernetes' is taken by a real API server, the rest is whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"
#include "tests/support/yaml.h"

namespace {

using nlohmann::json;

const std::string kExamples = support::source("deploy/examples/");

class Examples : public testing::Test {
 protected:
  static support::ApiServer& server() { return support::ApiServer::shared(); }

  static void SetUpTestSuite() { server().create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"); }

  std::vector<std::string> environment() const {
    const std::string kubectl = support::cluster_program("kubectl");
    return {"HOME=" + folder.path(), "KUBECONFIG=" + server().kubeconfig_file(),
            "PATH=" + kubectl.substr(0, kubectl.rfind('/')) + ":/usr/bin:/bin"};
  }
  support::Finished kubectl(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), "kubectl");
    return support::run_program(arguments, environment());
  }
  static bool is_known_to_kubernetes(const json& object) {
    const std::string version = object.at("apiVersion");
    return version.find('.') == std::string::npos || version.starts_with("sluice.dev/");
  }
  void expect_valid(const std::string& what, const json& object) const {
    EXPECT_TRUE(object.contains("kind")) << what;
    EXPECT_TRUE(object["metadata"].contains("name")) << what;
    if (!is_known_to_kubernetes(object)) return;
    const std::string file = folder.write("object.yaml", to_yaml(object));
    const support::Finished done = kubectl({"create", "--dry-run=server", "--validate=strict", "--filename", file});
    EXPECT_EQ(done.code, 0) << what << ": " << done.err;
  }
  static json find(const std::string& file, const std::string& kind) {
    for (const YAML::Node& node : YAML::LoadAllFromFile(kExamples + file)) {
      if (node["kind"].as<std::string>() == kind) return from_yaml(node);
    }
    throw std::runtime_error("no " + kind + " in " + file);
  }

  support::TemporaryFolder folder;
};

TEST_F(Examples, AreWhole) {
  std::set<std::string> with_migration;
  for (const char* tool : {"kubectl", "flux", "argocd", "argo-rollouts", "flagger"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(kExamples + tool)) {
      if (entry.path().extension() != ".yaml") continue;
      for (const YAML::Node& node : YAML::LoadAllFromFile(entry.path())) {
        const json object = from_yaml(node);
        expect_valid(entry.path(), object);
        if (object.at("kind") == "DatabaseMigration") with_migration.insert(tool);
      }
    }
  }
  EXPECT_EQ(with_migration.size(), 5U);
}

TEST_F(Examples, OfHelmAreWhole) {
  for (const char* chart : {"database", "app"}) {
    const support::Finished done = support::run_program(
        {support::cluster_program("helm"), "template", "shop", kExamples + "helm/" + chart, "--namespace", "shop"},
        environment());
    ASSERT_EQ(done.code, 0) << done.err;
    for (const YAML::Node& node : YAML::LoadAll(done.out)) {
      if (node.IsMap()) expect_valid(chart, from_yaml(node));
    }
  }
}

// operator-protocol, Roll-outs 5
TEST_F(Examples, OfArgoRolloutsNeitherPausesNorGoesOnForEver) {
  const json metric = find("argo-rollouts/analysis-template.yaml", "AnalysisTemplate")["spec"]["metrics"][0];
  EXPECT_EQ(metric["interval"], "5s");
  EXPECT_EQ(metric["consecutiveSuccessLimit"], 1);
  EXPECT_EQ(metric["failureLimit"], 0);
  EXPECT_EQ(metric["inconclusiveLimit"], 720);
  EXPECT_EQ(metric["count"], 720);  // the controller refuses an interval without one
  EXPECT_EQ(metric["successCondition"], "result.state == \"ready\"");
  EXPECT_EQ(metric["failureCondition"], "result.state == \"failed\"");
}

// operator-protocol, Roll-outs 6
TEST_F(Examples, OfFlaggerAsksOnlyHooksThatTheGateAnswers) {
  const json canary = find("flagger/canary.yaml", "Canary");
  for (const json& hook : canary.at("spec").at("analysis").at("webhooks")) {
    const std::string url = hook["url"], type = hook["type"];
    EXPECT_THAT(type, testing::AnyOf("confirm-rollout", "pre-rollout", "confirm-promotion"));
    EXPECT_TRUE(url.ends_with("/gate/v1/flagger/" + type)) << url;
    EXPECT_EQ(hook["metadata"], (json{{"migration", "shop"}, {"at-least", "003"}}));
  }
}

/// The operator's part: says of the migration what the test wants as soon as it is there.
class KubectlExample : public Examples {
 protected:
  void TearDown() override { kubectl({"--namespace", "shop", "delete", "--all", "databasemigrations,deployments"}); }

  support::Finished deploy(const std::string& ready, const std::string& stalled) const {
    support::Program script({kExamples + "kubectl/deploy.sh", "60s"}, environment());
    const auto condition = [](const std::string& type, const std::string& status) {
      return json{{"type", type},      {"status", status},        {"reason", "Said"},
                  {"message", "said"}, {"observedGeneration", 1}, {"lastTransitionTime", "2026-01-01T00:00:00Z"}};
    };
    json conditions = json::array({condition("Ready", ready)});
    if (!stalled.empty()) conditions.push_back(condition("Stalled", stalled));
    const json status{{"status", {{"observedGeneration", 1}, {"conditions", conditions}}}};
    EXPECT_TRUE(support::eventually([&] {
      return server()
                 .api()
                 .patch(kube::types::database_migration(), {"shop", "shop"}, status, kube::Subresource::kStatus)
                 .outcome == kube::WriteOutcome::kDone;
    }));
    return script.wait();
  }
  bool is_deployed() const { return kubectl({"--namespace", "shop", "get", "deployment", "shop"}).code == 0; }
};

TEST_F(KubectlExample, RollsOutOnceTheMigrationIsReady) {
  const support::Finished done = deploy("True", "");
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_TRUE(is_deployed());
}

TEST_F(KubectlExample, EndsAsSoonAsTheMigrationHasFailed) {
  const support::Finished done = deploy("False", "True");
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_THAT(done.err, testing::Not(testing::HasSubstr("timed out")));
  EXPECT_FALSE(is_deployed());
}

}  // namespace
