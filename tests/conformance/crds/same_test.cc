// What common/spec refuses the API server refuses too, and the reverse: who applies a resource is told at once, and
// `sluice run -f` takes what the cluster takes.
#include <gmock/gmock.h>

#include "common/error.h"
#include "common/spec/spec.h"
#include "operator/kube/api.h"
#include "tests/support/apiserver.h"

namespace {

using nlohmann::json;
using support::ApiServer;

constexpr const char* kRefused[] = {
    R"({"database": {"urlFrom": {"secretKeyRef": {"name": "a..b"}}}})",
    R"({"database": {"urlFrom": {"secretKeyRef": {"key": "..url"}}}})",
    R"({"migrations": {"configMaps": ["a", "a"]}})",
    R"({"migrations": {"configMaps": ["a.-b"]}})",
    R"({"migrations": {"configMaps": null, "image": {"reference": "a\u000b1", "path": "/db"}}})",
    R"({"migrations": {"configMaps": null, "volume": {"emptyDir": {}}, "volumePath": "a/../b"}})",
    R"({"migrations": {"configMaps": null, "volume": {"emptyDir": {}}, "volumePath": ".."}})",
    R"({"migrations": {"configMaps": null, "volume": {"hostPath": {"path": "/"}}}})",
    R"({"migrations": {"configMaps": null, "inline": {"files": {"a b.sql": ""}}}})",
    R"({"migrations": {"configMaps": null, "inline": {"files": {"..data": ""}}}})",
    R"({"migrations": {"configMaps": null, "inline": {"files": {".": ""}}}})",
    R"({"migrations": {"configMaps": null, "inline": {"files": {"db/001.sql": ""}}}})",
    R"({"target": "a\u007fb"})",
    R"({"target": "+1"})",
    R"({"ledger": {"table": "a\nb"}})",
    R"({"ledger": {"schema": "ääääääääääääääääääääääääääääääää"}})",
    R"({"apply": {"lockWait": "100000h"}})",
    R"({"apply": {"lockWait": "1h1m1s1ms1h"}})",
    R"({"checks": {"before": [{"name": "a", "sql": "x"}, {"name": "a", "sql": "y"}]}})",
    R"({"checks": {"before": [{"name": "a", "sql": "x"}], "after": [{"name": "a", "sql": "x"}]}})",
    R"({"checks": {"after": [{"name": "a", "sql": "x", "timeout": "0s"}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http://u:p@api/"}}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http://api/a b"}}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http:///a"}}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http://api/", "headers": {"A\n": "b"}}}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http://api/", "headers": {"A": "b\r\nC: d"}}}]}})",
    R"({"consumers": [{"selector": {}}]})",
    R"({"consumers": [{"selector": {"app": "shop"}}]})",
    R"({"consumers": [{"selector": {"matchLabels": {"app": 1}}}]})",
    R"({"consumers": [{"selector": {"matchExpressions": [{"key": "app", "operator": "In"}]}}]})",
    R"({"consumers": [{"selector": {"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["a"]}]}}]})",
    R"({"consumers": [{"selector": {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["a"]}]}}]})",
    R"({"resync": "1ms"})",
    R"({"retry": {"backoff": "0"}})",
    R"({"podTemplate": {"spec": {"hostNetwork": true}}})",
    R"({"podTemplate": {"spec": {"hostAliases": [{"ip": "10.0.0.1"}]}}})",
    R"({"podTemplate": {"spec": {"nodeName": "node-1"}}})",
    R"({"podTemplate": {"spec": {"runtimeClassName": "gvisor"}}})",
};

constexpr const char* kTaken[] = {
    R"({})",
    R"({"migrations": {"configMaps": ["a", "b-1.c"]}})",
    R"({"migrations": {"configMaps": null, "volume": {"emptyDir": {}}, "volumePath": "a/..b/c.."}})",
    R"({"migrations": {"configMaps": null, "inline": {"files": {"001_a.up.sql": "select 'ä'", ".sluice": ""}}}})",
    R"({"ledger": {"table": "schema version", "schema": "äääääääääääääääääääääääääääääääa"}})",
    R"({"apply": {"lockWait": "99999h9999999m999999999s"}})",
    R"({"apply": {"lockTimeout": "0"}})",
    R"({"checks": {"before": [{"name": "a", "sql": "x", "timeout": "1ms"}], "after": [{"name": "b", "heads": []}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "http://api/@me?mail=a@b#@", "headers": {"A": ""}}}]}})",
    R"({"checks": {"after": [{"name": "a", "http": {"url": "https://[::1]:8443"}}]}})",
    R"({"consumers": [{"selector": {"matchLabels": {"app": "shop"}}}]})",
    R"({"consumers": [{"selector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]},
                                                        {"key": "tier", "operator": "Exists"}]}}]})",
    R"({"resync": "0h"})",
    R"({"resync": "60000ms", "retry": {"limit": 0, "backoff": "1000ms"}})",
    R"({"podTemplate": {"spec": {"nodeSelector": {"disk": "ssd"}, "containers": [{"name": "migrate"}]}}})",
};

class Same : public testing::Test {
 protected:
  static void SetUpTestSuite() { space_ = ApiServer::shared().new_namespace(); }

  static json with(const char* change) {
    json object = json::parse(
        R"({"apiVersion": "sluice.dev/v1alpha1", "kind": "DatabaseMigration",
            "spec": {"database": {"urlFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                     "migrations": {"configMaps": ["files"]}}})");
    object["metadata"] = {{"name", "shop-" + std::to_string(++count_)}, {"namespace", space_}};
    object["spec"].merge_patch(json::parse(change));
    return object;
  }

  static std::string code_says(const json& object) { return spec::describe(spec::parse_json(object).problems); }
  static std::string server_says(const json& object) {
    try {
      static_cast<void>(ApiServer::shared().api().create(kube::types::database_migration(), object));
      return {};
    } catch (const PermanentError& error) {
      return error.what();
    }
  }

 private:
  static inline std::string space_ = {};
  static inline int count_ = 0;
};

TEST_F(Same, IsRefused) {
  for (const char* change : kRefused) {
    EXPECT_NE(code_says(with(change)), "") << change;
    EXPECT_NE(server_says(with(change)), "") << change;
  }
}

TEST_F(Same, IsTaken) {
  for (const char* change : kTaken) {
    EXPECT_EQ(code_says(with(change)), "") << change;
    EXPECT_EQ(server_says(with(change)), "") << change;
  }
}

// Too large for a ConfigMap, and not for a request.
TEST_F(Same, IsTheMostThatInlineFilesHold) {
  json object = with(R"({"migrations": {"configMaps": null}})");
  object["spec"]["migrations"]["inline"]["files"]["1.sql"] = std::string(1000000 - 5, ' ');
  EXPECT_EQ(code_says(object) + server_says(object), "");
  object["metadata"]["name"] = "too-large";
  object["spec"]["migrations"]["inline"]["files"]["1.sql"] = std::string(1000000 - 4, ' ');
  EXPECT_THAT(code_says(object), testing::HasSubstr("more than 1 MB: use an image, a volume or ConfigMaps"));
  EXPECT_THAT(server_says(object), testing::HasSubstr("more than 1 MB: use an image, a volume or ConfigMaps"));
}

}  // namespace
