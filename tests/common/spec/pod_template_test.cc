#include "common/spec/pod_template.h"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

std::string problems_of(const char* text) {
  return spec::describe(spec::check_pod_template(json::parse(text), "podTemplate"));
}

TEST(PodTemplate, AcceptsWhatAJobNeedsInAnOrdinaryCluster) {
  EXPECT_EQ(problems_of(R"({"metadata": {"labels": {"team": "a"}, "annotations": {"linkerd.io/inject": "disabled"}},
    "spec": {"serviceAccountName": "m", "nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}],
      "securityContext": {"runAsUser": 1000, "fsGroup": 1000}, "imagePullSecrets": [{"name": "r"}],
      "volumes": [{"name": "v", "emptyDir": {}}],
      "initContainers": [{"name": "proxy", "image": "p", "restartPolicy": "Always"}],
      "containers": [{"name": "migrate", "resources": {"limits": {"cpu": "1"}}, "env": [{"name": "A", "value": "b"}],
                      "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}})"),
            "");
}

// operator-protocol, Trust 2
TEST(PodTemplate, RefusesTheHost) {
  for (const char* field : {"hostNetwork", "hostPID", "hostIPC", "hostAliases", "nodeName", "runtimeClassName",
                            "automountServiceAccountToken"}) {
    const json document = {{"spec", {{field, true}}}};
    EXPECT_EQ(spec::describe(spec::check_pod_template(document, "p")),
              "p.spec." + std::string(field) + ": is not a known field");
  }
  EXPECT_NE(problems_of(R"({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}})"), "");
  EXPECT_NE(problems_of(R"({"spec": {"volumes": [{"name": "v", "projected": {}}]}})"), "");
}

// operator-protocol, Trust 2: sidecars native only
TEST(PodTemplate, RefusesContainersThatOutliveTheMigrator) {
  EXPECT_NE(problems_of(R"({"spec": {"initContainers": [{"name": "a", "image": "b"}]}})"), "");
  EXPECT_NE(problems_of(R"({"spec": {"containers": [{"name": "proxy"}]}})"), "");
}

TEST(PodTemplate, RefusesToWidenTheMigratorsRights) {
  EXPECT_NE(problems_of(R"({"spec": {"containers": [{"name": "migrate", "securityContext": {"privileged": true}}]}})"),
            "");
  EXPECT_NE(problems_of(R"({"spec": {"containers": [{"name": "migrate",
                            "securityContext": {"capabilities": {"add": ["ALL"]}}}]}})"),
            "");
  EXPECT_NE(problems_of(R"({"spec": {"containers": [{"name": "migrate", "command": ["sh"]}]}})"), "");
}

// A long migration must not be killed for not answering.
TEST(PodTemplate, RefusesProbesAndDeadlinesOfTheMigrator) {
  for (const char* field : {"livenessProbe", "readinessProbe", "startupProbe", "lifecycle"}) {
    const json container = {{"name", "migrate"}, {field, json::object()}};
    EXPECT_NE(problems_of(json{{"spec", {{"containers", {container}}}}}.dump().c_str()), "") << field;
  }
  for (const char* field : {"activeDeadlineSeconds", "terminationGracePeriodSeconds", "restartPolicy"}) {
    EXPECT_NE(problems_of(json{{"spec", {{field, 1}}}}.dump().c_str()), "") << field;
  }
}

TEST(PodTemplate, KeepsTheOperatorsNamesToItself) {
  EXPECT_NE(problems_of(R"({"spec": {"containers": [{"name": "migrate", "env": [{"name": "SLUICE_SPEC"}]}]}})"), "");
  EXPECT_NE(problems_of(R"({"spec": {"volumes": [{"name": "sluice-bin", "emptyDir": {}}]}})"), "");
  EXPECT_NE(problems_of(R"({"metadata": {"labels": {"sluice.dev/migration": "x"}}})"), "");
}

spec::DatabaseMigrationSpec asking() {
  spec::DatabaseMigrationSpec wanted;
  wanted.backup.volume = json::parse(R"({"csi": {"driver": "d"}})");
  wanted.pod_template = json::parse(R"({"metadata": {"labels": {"team/x": "a"}, "annotations": {"mesh/y": "b"}},
                                        "spec": {"serviceAccountName": "m"}})");
  return wanted;
}

// operator-protocol, Trust 2: what the chart permits
TEST(PodPolicy, PermitsNothingUnlessConfigured) {
  EXPECT_EQ(spec::check_policy(asking(), {}).size(), 4U);
  EXPECT_EQ(spec::check_policy({}, {}).size(), 0U);
}

TEST(PodPolicy, PermitsWhatIsConfigured) {
  const spec::PodPolicy policy{
      .service_accounts = {"m"}, .csi_drivers = {"d"}, .label_prefixes = {"team/"}, .annotation_prefixes = {"mesh/"}};
  EXPECT_EQ(spec::check_policy(asking(), policy), std::vector<spec::Problem>{});
}

}  // namespace
