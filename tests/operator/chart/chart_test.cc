// The chart: what it renders, that its files are current, and that a real API server takes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/operator/chart/chart.h"

namespace {

using chart::container_arguments;
using chart::kinds;
using chart::of_kind;
using chart::rendered;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string kRoot = support::source();

std::string read_file(const std::string& path) {
  std::ifstream file(kRoot + "/" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Chart, HasTheCrdsOfTheSources) {
  EXPECT_EQ(read_file("charts/sluice/files/databasemigration.yaml"), read_file("crds/databasemigration.yaml"));
  EXPECT_EQ(read_file("charts/sluice/files/databaserollout.yaml"), read_file("crds/databaserollout.yaml"));
}

TEST(Chart, HasCurrentRenderings) {
  const support::Finished done = support::run_program({kRoot + "/deploy/render.sh", "--check"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
}

// operator-protocol, Runtime 3: neither an uninstall nor a missing upgrade may lose resources
TEST(Chart, KeepsTheCrdWhenItIsUninstalled) {
  const YAML::Node crd = of_kind(rendered(), "CustomResourceDefinition").at(0);
  EXPECT_EQ(crd["metadata"]["annotations"]["helm.sh/resource-policy"].as<std::string>(), "keep");
  EXPECT_THAT(of_kind(rendered({"crds.install=false"}), "CustomResourceDefinition"), IsEmpty());
}

// operator-protocol, Trust 1
TEST(Chart, GivesNoRightToSecretsAnywhere) {
  for (const YAML::Node& object : rendered({"operator.progressFromLogs=true", "operator.logsOfAllNamespaces=true"})) {
    for (const YAML::Node& rule : object["rules"]) {
      EXPECT_THAT(rule["resources"].as<std::vector<std::string>>(), Not(Contains("secrets")));
      EXPECT_THAT(rule["resources"].as<std::vector<std::string>>(), Not(Contains("*")));
      EXPECT_THAT(rule["verbs"].as<std::vector<std::string>>(), Not(Contains("*")));
    }
  }
}

// operator-protocol, Roll-outs 1: what makes pods is listed, never changed
TEST(Chart, MayOnlyListWhatMakesConsumers) {
  int found = 0;
  for (const YAML::Node& object : rendered()) {
    for (const YAML::Node& rule : object["rules"]) {
      const auto groups = rule["apiGroups"].as<std::vector<std::string>>();
      if (groups != std::vector<std::string>{"apps"} && groups != std::vector<std::string>{"argoproj.io"}) continue;
      // A DatabaseRollout's own two Deployments are watched, and scaled.
      if (rule["resources"][0].as<std::string>().starts_with("deployments")) continue;
      ++found;
      EXPECT_EQ(rule["verbs"].as<std::vector<std::string>>(), std::vector<std::string>{"list"});
    }
  }
  EXPECT_EQ(found, 2);
}

// operator-protocol, Runtime 3: the CRD is the only cluster-scoped thing in namespaced mode
TEST(Chart, StaysInsideTheNamespacesItWasGiven) {
  const std::vector<YAML::Node> objects = rendered({"operator.namespaces={shop,auth}", "crds.install=false"});
  EXPECT_THAT(kinds(objects), Not(Contains(HasSubstr("Cluster"))));
  std::vector<std::string> namespaces;
  for (const YAML::Node& role : of_kind(objects, "Role")) {
    namespaces.push_back(role["metadata"]["namespace"].as<std::string>());
  }
  EXPECT_THAT(namespaces, testing::UnorderedElementsAre("shop", "auth", "sluice-system"));
  EXPECT_THAT(container_arguments(objects), Contains("--namespace=shop"));
}

// operator-protocol, Trust 1: creating one equals creating pods
TEST(Chart, LetsViewersOnlyRead) {
  int roles = 0;
  for (const YAML::Node& role : of_kind(rendered(), "ClusterRole")) {
    if (!role["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"]) continue;
    ++roles;
    for (const YAML::Node& rule : role["rules"]) {
      EXPECT_EQ(rule["verbs"].as<std::vector<std::string>>(), (std::vector<std::string>{"get", "list", "watch"}));
    }
  }
  EXPECT_EQ(roles, 1);
}

TEST(Chart, RunsTheOperatorUnderTheRestrictedPolicy) {
  const YAML::Node pod = of_kind(rendered(), "Deployment").at(0)["spec"]["template"]["spec"];
  EXPECT_TRUE(pod["securityContext"]["runAsNonRoot"].as<bool>());
  EXPECT_EQ(pod["securityContext"]["seccompProfile"]["type"].as<std::string>(), "RuntimeDefault");
  const YAML::Node container = pod["containers"][0]["securityContext"];
  EXPECT_FALSE(container["allowPrivilegeEscalation"].as<bool>());
  EXPECT_TRUE(container["readOnlyRootFilesystem"].as<bool>());
  EXPECT_EQ(container["capabilities"]["drop"][0].as<std::string>(), "ALL");
}

TEST(Chart, OpensTheGateOnAPortOfItsOwn) {
  const std::vector<YAML::Node> objects = rendered({"networkPolicy.enabled=true"});
  EXPECT_THAT(container_arguments(objects), Contains("--gate-address=:8090"));
  EXPECT_EQ(of_kind(objects, "Service").at(0)["spec"]["ports"][1]["port"].as<int>(), 8090);
  EXPECT_EQ(of_kind(objects, "NetworkPolicy").at(0)["spec"]["ingress"][0]["ports"].size(), 2U);
  EXPECT_THAT(container_arguments(rendered({"gate.enabled=false"})), Not(Contains(HasSubstr("--gate"))));
}

// The kubelet mounts the Secrets; the operator has no right to read any.
TEST(Chart, MountsTheSecretsOfTheGate) {
  const std::vector<YAML::Node> objects = rendered({"gate.tlsSecret=gate-tls-1", "gate.tokenSecret=gate-token-1"});
  const YAML::Node pod = of_kind(objects, "Deployment").at(0)["spec"]["template"]["spec"];
  std::vector<std::string> secrets;
  for (const YAML::Node& volume : pod["volumes"]) secrets.push_back(volume["secret"]["secretName"].as<std::string>());
  EXPECT_THAT(secrets, testing::ElementsAre("gate-tls-1", "gate-token-1"));
  EXPECT_EQ(pod["containers"][0]["volumeMounts"].size(), 2U);
  EXPECT_THAT(container_arguments(objects), Contains("--gate-tls-key=/etc/sluice/gate-tls/tls.key"));
  EXPECT_THAT(container_arguments(objects), Contains("--gate-token-file=/etc/sluice/gate-token/token"));
}

// operator-protocol, Runtime 3
TEST(Chart, RefusesAKubernetesOlderThan131) {
  const std::vector<std::string> plain{support::cluster_program("helm"), "template", kRoot + "/charts/sluice"};
  const auto for_version = [&](const char* version) {
    std::vector<std::string> argv = plain;
    argv.insert(argv.end(), {"--kube-version", version});
    return support::run_program(argv);
  };
  EXPECT_EQ(for_version("1.31.0").code, 0);
  const support::Finished older = for_version("1.30.9");
  EXPECT_NE(older.code, 0);
  EXPECT_THAT(older.err, HasSubstr(">=1.31.0"));
}

TEST(Chart, StartsTheOperatorWithFlagsItKnows) {
  std::vector<std::string> argv{support::binary("sluice-operator")};
  for (const std::string& argument : container_arguments(
           rendered({"operator.namespaces={shop}", "operator.progressFromLogs=true", "migrator.imagePullPolicy=Never",
                     "gate.tlsSecret=a", "gate.tokenSecret=b", "migrator.imagePullSecrets={key}",
                     "podTemplates.serviceAccounts={a,b}", "podTemplates.csiDrivers={c}",
                     "podTemplates.labelPrefixes={d/}", "podTemplates.annotationPrefixes={e/}"}))) {
    argv.push_back(argument);
  }
  argv.push_back("--version");
  EXPECT_EQ(support::run_program(argv).code, 0);
}

class InstalledChart : public testing::Test {
 protected:
  /// Asked as an administrator about the operator's service account.
  static bool may(const std::string& verb, const std::string& group, const std::string& resource,
                  const std::string& subresource = "") {
    const kube::ResourceType reviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                                     false};
    const kube::Object review{{"apiVersion", reviews.api_version()},
                              {"kind", reviews.kind},
                              {"spec",
                               {{"user", "system:serviceaccount:sluice-system:sluice-operator"},
                                {"resourceAttributes",
                                 {{"namespace", "shop"},
                                  {"verb", verb},
                                  {"group", group},
                                  {"resource", resource},
                                  {"subresource", subresource}}}}}};
    const kube::Created answer = support::ApiServer::shared().api().create(reviews, review);
    return kube::value_at(answer.object, "/status/allowed") == true;
  }
};

TEST_F(InstalledChart, LetsTheOperatorDoItsWorkAndNoMore) {
  EXPECT_TRUE(
      support::eventually([] { return may("create", "batch", "jobs"); }));  // the authorizer's cache is told late
  EXPECT_TRUE(may("patch", "sluice.dev", "databasemigrations", "status"));
  EXPECT_FALSE(may("get", "sluice.dev", "databasemigrations", "status"));
  EXPECT_FALSE(may("get", "", "pods"));
  EXPECT_FALSE(may("patch", "events.k8s.io", "events"));
  // operator-protocol, Runtime 2: owner references that block the owner's deletion ask for it
  EXPECT_TRUE(may("update", "sluice.dev", "databasemigrations", "finalizers"));
  EXPECT_TRUE(may("update", "sluice.dev", "databaserollouts", "finalizers"));
  EXPECT_FALSE(may("get", "", "secrets"));
  EXPECT_FALSE(may("create", "", "pods"));
  EXPECT_FALSE(may("patch", "batch", "jobs"));
  EXPECT_FALSE(may("patch", "sluice.dev", "databasemigrations"));
  // operator-protocol, Roll-outs 3: replicas and the selector, nothing else of the application
  EXPECT_TRUE(may("patch", "apps", "deployments", "scale"));
  EXPECT_TRUE(may("patch", "", "services"));
  EXPECT_FALSE(may("patch", "apps", "deployments"));
  EXPECT_FALSE(may("create", "", "services"));
  EXPECT_FALSE(may("patch", "sluice.dev", "databaserollouts"));
}

}  // namespace
