// What the chart makes of its values, and which of them it refuses.
#include <gmock/gmock.h>

#include <set>

#include "tests/operator/chart/chart.h"

namespace {

using chart::container_arguments, chart::helm, chart::kinds, chart::of_kind, chart::rendered;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// "create jobs": whatever the rules of these objects let anybody change.
std::set<std::string> writes(const std::vector<YAML::Node>& objects) {
  std::set<std::string> found;
  for (const YAML::Node& object : objects) {
    for (const YAML::Node& rule : object["rules"]) {
      for (const YAML::Node& verb : rule["verbs"]) {
        const std::string word = verb.as<std::string>();
        if (word == "get" || word == "list" || word == "watch") continue;
        for (const YAML::Node& resource : rule["resources"]) found.insert(word + " " + resource.as<std::string>());
      }
    }
  }
  return found;
}

std::string refusal(const std::vector<std::string>& settings) {
  const support::Finished done = helm(settings);
  return done.code == 0 ? "" : done.err;
}

TEST(Chart, RefusesValuesItDoesNotKnow) {
  EXPECT_NE(helm({"operator.replica=2"}).code, 0);
  EXPECT_NE(helm({"operator.namespaces={Shop}"}).code, 0);
  EXPECT_NE(helm({"operator.leaderElect=false", "operator.replicas=2"}).code, 0);
}

TEST(Chart, DisruptsOneOfSeveralReplicasAtATime) {
  EXPECT_THAT(kinds(rendered()), Not(Contains("PodDisruptionBudget")));
  EXPECT_THAT(kinds(rendered({"operator.replicas=2"})), Contains("PodDisruptionBudget"));
}

// operator-protocol, Trust 5
TEST(Chart, ReadsLogsOnlyWhereAskedTo) {
  EXPECT_THAT(helm({}).out, Not(HasSubstr("pods/log")));
  EXPECT_THAT(helm({"operator.progressFromLogs=true", "operator.namespaces={shop}"}).out, HasSubstr("pods/log"));
}

// operator-protocol, Trust 5: of every pod of the cluster only where somebody says so
TEST(Values, WantASecondWordForTheLogsOfAllNamespaces) {
  EXPECT_THAT(refusal({"operator.progressFromLogs=true"}),
              HasSubstr("name the namespaces, or set operator.logsOfAllNamespaces=true"));
  EXPECT_EQ(refusal({"operator.progressFromLogs=true", "operator.logsOfAllNamespaces=true"}), "");
  EXPECT_EQ(refusal({"operator.progressFromLogs=true", "operator.namespaces={shop}"}), "");
}

TEST(Values, ThatAreOfNoUseTogetherAreRefused) {
  EXPECT_THAT(refusal({"metrics.serviceMonitor=true", "metrics.service=false"}),
              HasSubstr("metrics.serviceMonitor needs metrics.service"));
  EXPECT_THAT(kinds(rendered({"metrics.serviceMonitor=true"})), Contains("ServiceMonitor"));
  EXPECT_THAT(refusal({"gate.port=8080"}), HasSubstr("gate.port and metrics.port are both 8080"));
  EXPECT_EQ(refusal({"gate.port=8080", "gate.enabled=false"}), "");
}

// Two workers without a lease would both start Jobs.
TEST(Values, WithoutALeaseNeverLetTwoOperatorsRunInAnUpgrade) {
  const auto strategy = [](const std::vector<std::string>& settings) {
    return of_kind(rendered(settings), "Deployment").at(0)["spec"]["strategy"];
  };
  EXPECT_EQ(strategy({"operator.leaderElect=false"})["type"].as<std::string>(), "Recreate");
  EXPECT_FALSE(strategy({"operator.leaderElect=false"})["rollingUpdate"]);
  EXPECT_EQ(strategy({})["type"].as<std::string>(), "RollingUpdate");
}

// docs/security.md
TEST(Values, WithoutRolloutsLetTheOperatorChangeNothingOfAnApplication) {
  const std::vector<YAML::Node> objects = rendered({"rollouts.enabled=false", "operator.namespaces={shop}"});
  EXPECT_THAT(writes(objects),
              testing::UnorderedElementsAre("patch databasemigrations/status", "update databasemigrations/finalizers",
                                            "create jobs", "delete jobs", "create configmaps", "create events",
                                            "create leases", "patch leases"));
  EXPECT_THAT(container_arguments(objects), Contains("--rollouts=false"));
  EXPECT_THAT(writes(rendered()), testing::IsSupersetOf({"patch services", "patch deployments/scale"}));
}

}  // namespace
