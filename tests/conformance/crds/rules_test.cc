// Every CEL rule of our CRDs refuses what it is there for, on a real API server and with its own message: a rule
// without a row here fails the test (issue 3: an invalid spec is rejected by CEL where possible).
#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "common/error.h"
#include "common/spec/yaml.h"
#include "operator/kube/api.h"
#include "tests/conformance/crds/text.h"
#include "tests/support/apiserver.h"

namespace {

using crds::text_of;
using nlohmann::json;
using support::ApiServer;
using Rules = std::set<std::string>;  // "spec.backup: volume must say …"; lists as []

struct Row {
  std::string rule = {};    // as in Rules
  std::string change = {};  // merge patch that breaks it
};

std::string more_than_a_config_map() {
  const json files = {{"1.sql", std::string(1000000, ' ')}};
  return json{{"spec", {{"migrations", {{"configMaps", nullptr}, {"inline", {{"files", files}}}}}}}}.dump();
}

const std::vector<Row> kMigration = {
    {"spec.database: needs exactly one of urlFrom, host", R"({"spec": {"database": {"urlFrom": null}}})"},
    {"spec.database: host needs name and userFrom", R"({"spec": {"database": {"urlFrom": null, "host": "db"}}})"},
    {"spec.database: port, name, userFrom and passwordFrom stand in the URL already",
     R"({"spec": {"database": {"port": 5433}}})"},
    {"spec.migrations.configMaps: a ConfigMap is named twice",
     R"({"spec": {"migrations": {"configMaps": ["a", "b", "a"]}}})"},
    {"spec.migrations.volume: needs exactly one of persistentVolumeClaim, emptyDir, csi",
     R"({"spec": {"migrations": {"configMaps": null, "volume": {}}}})"},
    {"spec.migrations: needs exactly one of configMaps, image, volume, inline",
     R"({"spec": {"migrations": {"inline": {"files": {"001_a.sql": ""}}}}})"},
    {"spec.migrations: command needs an image that holds the tool",
     R"({"spec": {"migrations": {"command": ["flyway"]}}})"},
    {"spec.migrations: image.path must be the folder of the migrations inside the image",
     R"({"spec": {"migrations": {"configMaps": null, "image": {"reference": "a:1"}}}})"},
    {"spec.migrations: volumePath is a relative path without '..' and needs a volume",
     R"({"spec": {"migrations": {"configMaps": null, "volume": {"emptyDir": {}}, "volumePath": "/db"}}})"},
    {"spec.migrations.inline.files: a file's name has letters, digits, '-', '_' and '.' only, and doesn't start with "
     "'..'",
     R"({"spec": {"migrations": {"configMaps": null, "inline": {"files": {"a/b.sql": ""}}}}})"},
    {"spec.migrations.inline.files: more than 1 MB: use an image, a volume or ConfigMaps", more_than_a_config_map()},
    {"spec.ledger: a name in PostgreSQL has at most 63 bytes",
     R"({"spec": {"ledger": {"table": "ääääääääääääääääääääääääääääääää"}}})"},
    {"spec.backup.volume: needs exactly one of persistentVolumeClaim, emptyDir, csi",
     R"({"spec": {"backup": {"mode": "full", "volume": {"emptyDir": {}, "csi": {"driver": "d"}}}}})"},
    {"spec.backup: volume must say where the backup goes", R"({"spec": {"backup": {"mode": "schema"}}})"},
    {"spec.checks.before[].http.headers: must not hold control characters",
     R"({"spec": {"checks": {"before": [{"name": "a", "http": {"url": "http://a", "headers": {"A\r": ""}}}]}}})"},
    {"spec.checks.before[].timeout: must be longer than 0",
     R"({"spec": {"checks": {"before": [{"name": "a", "tables": ["t"], "timeout": "0"}]}}})"},
    {"spec.checks.before[]: needs exactly one of sql, http, tcp, tables, heads",
     R"({"spec": {"checks": {"before": [{"name": "a"}]}}})"},
    {"spec.checks.after[].http.headers: must not hold control characters",
     R"({"spec": {"checks": {"after": [{"name": "a", "http": {"url": "http://a", "headers": {"": ""}}}]}}})"},
    {"spec.checks.after[].timeout: must be longer than 0",
     R"({"spec": {"checks": {"after": [{"name": "a", "tables": ["t"], "timeout": "0h0ms"}]}}})"},
    {"spec.checks.before: a check's name is that of no other check",
     R"({"spec": {"checks": {"before": [{"name": "a", "sql": "x"}, {"name": "a", "sql": "y"}]}}})"},
    {"spec.checks.after: a check's name is that of no other check",
     R"({"spec": {"checks": {"after": [{"name": "a", "sql": "x"}, {"name": "a", "sql": "y"}]}}})"},
    {"spec.checks: a check's name is that of no other check, before and after",
     R"({"spec": {"checks": {"before": [{"name": "a", "sql": "x"}], "after": [{"name": "a", "sql": "y"}]}}})"},
    {"spec.consumers[].selector: must not select everything", R"({"spec": {"consumers": [{"selector": {}}]}})"},
    {"spec.consumers[].selector.matchExpressions[]: values belong to In and NotIn and to no other operator",
     R"({"spec": {"consumers": [{"selector": {"matchExpressions": [{"key": "app", "operator": "In"}]}}]}})"},
    {"spec.resync: must be 0s, or at least 1m", R"({"spec": {"resync": "59s"}})"},
    {"spec.retry.backoff: must be at least 1s", R"({"spec": {"retry": {"backoff": "0s"}}})"},
    {"spec.podTemplate.spec: hostNetwork, hostPID, hostIPC, hostUsers, hostAliases, nodeName and runtimeClassName "
     "aren't "
     "for a migrator's pod",
     R"({"spec": {"podTemplate": {"spec": {"hostNetwork": false}}}})"},
    {"spec.checks.after[]: needs exactly one of sql, http, tcp, tables, heads",
     R"({"spec": {"checks": {"after": [{"name": "a", "sql": "select true", "tables": ["t"]}]}}})"},
    {"spec: onFailure: restore needs backup.mode: full", R"({"spec": {"onFailure": "restore"}})"},
    {"spec: onFailure: downgrade isn't possible with migrations.command",
     R"({"spec": {"onFailure": "downgrade",
                  "migrations": {"configMaps": null, "image": {"reference": "a:1"}, "command": ["flyway"]}}})"},
    {"spec: runBy: Pods isn't possible with migrations.command",
     R"({"spec": {"runBy": "Pods",
                  "migrations": {"configMaps": null, "image": {"reference": "a:1"}, "command": ["flyway"]}}})"},
    {"spec: approval: only NotRequired is possible with migrations.command, which has no plan",
     R"({"spec": {"approval": "Destructive",
                  "migrations": {"configMaps": null, "image": {"reference": "a:1"}, "command": ["flyway"]}}})"},
    {"spec: phase: Expand isn't possible with migrations.command",
     R"({"spec": {"phase": "Expand",
                  "migrations": {"configMaps": null, "image": {"reference": "a:1"}, "command": ["flyway"]}}})"},
    {": metadata.name must be at most 63 characters long: it becomes a label",
     R"({"metadata": {"name": "a-name-of-sixty-four-characters-which-is-one-more-than-a-label-x"}})"},
};

const std::vector<Row> kRollout = {
    {"spec: blue and green must be two Deployments", R"({"spec": {"blue": "shop-green"}})"},
    {"spec.migrationRef: can't be changed: create another DatabaseRollout",
     R"({"spec": {"migrationRef": {"name": "other"}}})"},
    {"spec.service: can't be changed: create another DatabaseRollout", R"({"spec": {"service": "other"}})"},
    {"spec.blue: can't be changed: create another DatabaseRollout", R"({"spec": {"blue": "other"}})"},
    {"spec.green: can't be changed: create another DatabaseRollout", R"({"spec": {"green": "other"}})"},
    {"spec.checks[].http: needs exactly one of port, url",
     R"({"spec": {"checks": [{"name": "a", "http": {"port": 80, "url": "http://a/"}}]}})"},
    {"spec.checks[].timeout: must be longer than 0",
     R"({"spec": {"checks": [{"name": "a", "tcp": {"port": 80}, "timeout": "0s"}]}})"},
    {"spec.checks[]: needs exactly one of http, tcp", R"({"spec": {"checks": [{"name": "a"}]}})"},
    {"spec.verify.checks[].http: needs exactly one of port, url",
     R"({"spec": {"verify": {"checks": [{"name": "a", "http": {}}]}}})"},
    {"spec.verify.checks[].timeout: must be longer than 0",
     R"({"spec": {"verify": {"checks": [{"name": "a", "tcp": {"port": 80}, "timeout": "0m"}]}}})"},
    {"spec.verify.checks[]: needs exactly one of http, tcp",
     R"({"spec": {"verify": {"checks": [{"name": "a", "http": {"port": 80}, "tcp": {"port": 80}}]}}})"},
    {"spec.drainDelay: must be at least 30s", R"({"spec": {"drainDelay": "29s"}})"},
    {": metadata.name must be at most 63 characters long: it becomes a label",
     R"({"metadata": {"name": "a-name-of-sixty-four-characters-which-is-one-more-than-a-label-x"}})"},
};

json migration() {
  return json::parse(R"({"apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration", "metadata": {"name": "shop"},
      "spec": {"database": {"urlFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
               "migrations": {"configMaps": ["files"]}}})");
}

json rollout() {
  return json::parse(R"({"apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseRollout", "metadata": {"name": "shop"},
      "spec": {"migrationRef": {"name": "shop"}, "service": "shop", "blue": "shop-blue", "green": "shop-green",
               "target": "Blue"}})");
}

void collect(const json& schema, const std::string& path, Rules& out) {
  for (const json& rule : schema.value("x-kubernetes-validations", json::array())) {
    out.insert(path + ": " + rule.at("message").get<std::string>());
  }
  if (schema.contains("items")) collect(schema["items"], path + "[]", out);
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, each] : properties.items()) collect(each, path.empty() ? name : path + "." + name, out);
}

Rules rules_of(const std::string& crd) {
  std::vector<spec::Problem> problems;
  const json parsed = spec::yaml_to_json(text_of(crd), problems);
  Rules rules;
  collect(parsed["spec"]["versions"][0]["schema"]["openAPIV3Schema"], "", rules);
  return rules;
}

Rules rules_of(const std::vector<Row>& rows) {
  Rules rules;
  for (const Row& each : rows) rules.insert(each.rule);
  return rules;
}

std::string refusal(const std::function<void()>& write) {
  try {
    write();
  } catch (const PermanentError& error) {
    return std::regex_replace(std::string(error.what()), std::regex(R"(\[[0-9]+\])"), "[]");
  }
  return "not refused";
}

// Names the field, and has the rule's message after it.
void expect_refused(const std::string& rule, const std::string& said) {
  const std::size_t colon = rule.find(": ");
  if (colon > 0) {
    EXPECT_THAT(said, testing::HasSubstr(rule.substr(0, colon) + ": Invalid value")) << rule;
  }
  EXPECT_THAT(said, testing::HasSubstr(rule.substr(colon + 2)));
}

// A document that is as it should be but for one row's change: created so, or changed into it.
void expect_each_refused(const kube::ResourceType& type, const json& good, const std::vector<Row>& rows) {
  kube::Api& api = ApiServer::shared().api();
  const std::string space = ApiServer::shared().new_namespace();
  json object = good;
  object["metadata"]["namespace"] = space;
  ASSERT_EQ(api.create(type, object).outcome, kube::CreateOutcome::kCreated);
  for (const Row& row : rows) {
    const json change = json::parse(row.change);
    json bad = object;
    bad["metadata"]["name"] = "bad";
    bad.merge_patch(change);
    if (row.rule.find("can't be changed") == std::string::npos) {
      expect_refused(row.rule, refusal([&] { static_cast<void>(api.create(type, bad)); }));
    } else {
      expect_refused(row.rule, refusal([&] {
                       static_cast<void>(api.patch(type, {space, "shop"}, change, kube::Subresource::kNone));
                     }));
    }
  }
}

TEST(Rules, OfTheMigrationEachRefuseWhatTheyAreFor) {
  EXPECT_EQ(rules_of(kMigration), rules_of("databasemigration.yaml"));
  expect_each_refused(kube::types::database_migration(), migration(), kMigration);
}

TEST(Rules, OfTheRolloutEachRefuseWhatTheyAreFor) {
  EXPECT_EQ(rules_of(kRollout), rules_of("databaserollout.yaml"));
  expect_each_refused(kube::types::database_rollout(), rollout(), kRollout);
}

}  // namespace
