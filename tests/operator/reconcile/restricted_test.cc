// A namespace that enforces the standard "restricted" takes the pods of our Jobs (operator-protocol, Trust 2).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/operator/reconcile/playground.h"
#include "tests/support/apiserver.h"
#include "tests/support/source.h"

namespace {

using nlohmann::json;

const std::filesystem::path kCases = support::source("tests/golden/job");

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(kCases)) names.push_back(each.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string restricted_namespace() {
  static const std::string space = [] {
    const std::string made = support::ApiServer::shared().new_namespace();
    const kube::ResourceType namespaces{"", "v1", "namespaces", "Namespace", false};
    const json labels = {{"pod-security.kubernetes.io/enforce", "restricted"}};
    static_cast<void>(playground::api().patch(namespaces, {"", made}, {{"metadata", {{"labels", labels}}}},
                                              kube::Subresource::kNone));
    return made;
  }();
  return space;
}

class Restricted : public testing::TestWithParam<std::string> {};

TEST_P(Restricted, TakesTheMigratorsPods) {
  const json all = json::parse(std::ifstream(kCases / GetParam() / "expected.json"));
  json pod = all.back()["spec"]["template"];
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  pod["metadata"]["name"] = GetParam();
  pod["metadata"]["namespace"] = restricted_namespace();
  pod["spec"].erase("serviceAccountName");  // whoever names one makes it
  pod["spec"].erase("priorityClassName");
  EXPECT_EQ(playground::api().create(kube::types::pod(), pod).outcome, kube::CreateOutcome::kCreated);
}

INSTANTIATE_TEST_SUITE_P(Cases, Restricted, testing::ValuesIn(cases()),
                         [](const testing::TestParamInfo<std::string>& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The test has teeth: what "restricted" forbids is refused.
TEST(RestrictedNamespace, RefusesAPodWithoutASecurityContext) {
  const json pod = {{"apiVersion", "v1"},
                    {"kind", "Pod"},
                    {"metadata", {{"name", "lax"}, {"namespace", restricted_namespace()}}},
                    {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}};
  EXPECT_ANY_THROW(static_cast<void>(playground::api().create(kube::types::pod(), pod)));
}

}  // namespace
