// A podTemplate is kept as it was sent, whatever stands below it: at each place of a full one each wrong value in turn.
#include <gtest/gtest.h>

#include "common/error.h"
#include "common/report/digest.h"
#include "common/spec/pod_template.h"
#include "operator/reconcile/job.h"

namespace {

using nlohmann::json;

json full() {
  return json::parse(R"({
    "apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration",
    "metadata": {"name": "shop", "namespace": "prod"},
    "spec": {
      "database": {"urlFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
      "migrations": {"image": {"reference": "registry/shop", "path": "/m"}},
      "backup": {"mode": "full", "volume": {"csi": {"driver": "d", "volumeAttributes": {"a": "b"}}}},
      "consumers": [{"selector": {"matchLabels": {"app": "shop"},
                                  "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}}],
      "podTemplate": {
        "metadata": {"labels": {"team": "a"}, "annotations": {"mesh": "off"}},
        "spec": {
          "serviceAccountName": "m", "priorityClassName": "p", "schedulerName": "s", "dnsPolicy": "Default",
          "dnsConfig": {"nameservers": ["1.1.1.1"]}, "nodeSelector": {"disk": "ssd"},
          "tolerations": [{"operator": "Exists"}], "affinity": {"nodeAffinity": {}},
          "topologySpreadConstraints": [{"maxSkew": 1}], "imagePullSecrets": [{"name": "r"}],
          "securityContext": {"runAsUser": 1000, "supplementalGroups": [1]},
          "volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}, {"name": "c", "csi": {"driver": "d"}}],
          "initContainers": [{"name": "proxy", "image": "p", "restartPolicy": "Always", "command": ["p"],
                              "securityContext": {"runAsUser": 1, "privileged": false},
                              "env": [{"name": "A", "valueFrom": {}}], "volumeMounts": [{"name": "v"}]}],
          "containers": [{"name": "migrate", "resources": {"limits": {"cpu": "1"}}, "envFrom": [{"prefix": "A"}],
                          "imagePullPolicy": "Always", "securityContext": {"allowPrivilegeEscalation": false},
                          "env": [{"name": "A", "value": "b"}], "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]
        }}}})");
}

const spec::PodPolicy kPolicy{.service_accounts = {"m"}, .csi_drivers = {"d"}, .label_prefixes = {"team"}};

/// As a look does it: what has no problems is rendered.
json job_of(const json& document) {
  spec::Parsed parsed = spec::parse_json(document);
  if (!parsed.problems.empty()) return nullptr;
  static_cast<void>(spec::check_policy(parsed.resource.spec, kPolicy));
  const reconcile::Observed seen{.name = "shop", .namespace_name = "prod", .uid = "4f1c", .resource = parsed.resource};
  return reconcile::render_job(seen, {.job = "shop-1", .attempt = 1}, {.migrator_image = "localhost/sluice:test"});
}

/// Every place of `json`, lists and objects included.
void add_places(const json& value, const json::json_pointer& at, std::vector<json::json_pointer>& places) {
  places.push_back(at);
  for (const auto& [key, each] : value.items()) {
    if (value.is_object()) add_places(each, at / key, places);
    if (value.is_array()) add_places(each, at / static_cast<std::size_t>(std::stoul(key)), places);
  }
}

std::vector<json::json_pointer> places() {
  std::vector<json::json_pointer> all;
  const json document = full();
  for (const char* part : {"/spec/podTemplate", "/spec/backup/volume", "/spec/consumers"}) {
    const json::json_pointer at(part);
    add_places(document.at(at), at, all);
  }
  return all;
}

TEST(HostileTemplate, IsFullAndSound) {
  EXPECT_EQ(spec::describe(spec::parse_json(full()).problems), "");
  EXPECT_FALSE(job_of(full()).is_null());
}

class HostileTemplate : public testing::TestWithParam<const char*> {};

TEST_P(HostileTemplate, EndsInProblemsOrInAJobWhereverItStands) {
  const json wrong = json::parse(GetParam());
  for (const json::json_pointer& at : places()) {
    json document = full();
    document.at(at) = wrong;
    EXPECT_NO_THROW(job_of(document)) << at << " = " << wrong;
  }
}

INSTANTIATE_TEST_SUITE_P(Values, HostileTemplate,
                         testing::Values("null", "true", "-7", "1.5", "\"x\"", "\"\"", "[]", "[null]", "[[]]", "{}",
                                         "{\"x\": null}", "{\"name\": null}", "[{}]", "[{\"name\": \"x\"}]"));

// As the API server's own types have it.
TEST(HostileTemplate, WithANullIsAsIfTheFieldWereAbsent) {
  json document = full();
  json& pod = document["spec"]["podTemplate"]["spec"];
  json with_nulls = document;
  for (const char* key : {"serviceAccountName", "securityContext", "tolerations", "volumes", "initContainers"}) {
    pod.erase(key);
    with_nulls["spec"]["podTemplate"]["spec"][key] = nullptr;
  }
  pod["containers"][0].erase("securityContext");
  with_nulls["spec"]["podTemplate"]["spec"]["containers"][0]["securityContext"] = nullptr;
  ASSERT_FALSE(job_of(document).is_null());
  EXPECT_EQ(job_of(with_nulls), job_of(document));
}

}  // namespace
