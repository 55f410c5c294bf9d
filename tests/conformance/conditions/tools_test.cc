// What kubectl and Helm 4 (whose --wait is the real kstatus) make of every row of the table of states, against a real
// API server: operator-protocol, Status 5.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "tests/operator/reconcile/rows.h"
#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/yaml.h"

namespace {

using nlohmann::json;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr std::size_t kAtOnce = 4;

struct Ended {
  support::Finished program = {};
  seconds took{};
};

/// A row, or what else a resource may look like, by its name in the cluster.
struct Case {
  std::string name = {};
  json object = {};
  std::string kstatus = {};  // Current, InProgress, Failed
};

std::string lower(std::string text) {
  for (char& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

std::vector<Case> tool_cases() {
  std::vector<Case> made;
  for (const story::Row& row : story::rows()) {
    const std::string kstatus = row.is_ready() ? "Current" : row.is_stalled() ? "Failed" : "InProgress";
    made.push_back({lower(row.name), story::resource(row), kstatus});
  }
  made.push_back({"unseen", made.front().object, "InProgress"});  // Status 1: without a status of its own
  made.back().object.erase("status");
  return made;
}

class Conditions : public testing::Test {
 protected:
  static support::ApiServer& server() { return support::ApiServer::shared(); }
  static kube::Api& api() { return server().api(); }

  void SetUp() override { space = server().new_namespace(); }

  /// As Helm would have created it, and as the operator then spoke of it.
  void create(const Case& each) const {
    json object = each.object;
    const json status = object.value("status", json());
    object.erase("status");
    object["metadata"] = {
        {"namespace", space},
        {"name", each.name},
        {"labels", {{"app.kubernetes.io/managed-by", "Helm"}}},
        {"annotations", {{"meta.helm.sh/release-name", each.name}, {"meta.helm.sh/release-namespace", space}}}};
    ASSERT_EQ(api().create(kube::types::database_migration(), object).outcome, kube::CreateOutcome::kCreated);
    if (!status.is_null()) write_status(each.name, status);
  }
  void write_status(const std::string& name, const json& status) const {
    const kube::Written written =
        api().patch(kube::types::database_migration(), {space, name}, {{"status", status}}, kube::Subresource::kStatus);
    ASSERT_EQ(written.outcome, kube::WriteOutcome::kDone);
  }

  Ended run(std::vector<std::string> argv) const {
    argv.front() = support::cluster_program(argv.front());
    argv.insert(argv.end(), {"--kubeconfig", server().kubeconfig_file(), "--namespace", space});
    const steady_clock::time_point began = steady_clock::now();
    const support::Finished done = support::run_program(argv, {"HOME=" + folder.path()});
    return {done, std::chrono::duration_cast<seconds>(steady_clock::now() - began)};
  }
  Ended wait_for(const std::string& name, const std::string& condition, const std::string& timeout) const {
    return run(
        {"kubectl", "wait", "--for=condition=" + condition, "--timeout=" + timeout, "databasemigration/" + name});
  }
  /// A chart with the resource alone; the release is new, the resource is there already.
  Ended helm(const Case& each, const std::string& timeout) const {
    json object = each.object;
    object.erase("status");
    object["metadata"] = {{"name", each.name}};
    const std::string chart = "charts/" + each.name;
    folder.write(chart + "/Chart.yaml", "apiVersion: v2\nname: " + each.name + "\nversion: 0.1.0\n");
    folder.write(chart + "/templates/resource.yaml", to_yaml(object));
    return run(
        {"helm", "upgrade", "--install", each.name, folder.path() + "/" + chart, "--wait", "--timeout", timeout});
  }

  /// Several at once: most of their time they wait.
  static void for_all(const std::function<void(const Case&)>& check) {
    const std::vector<Case> all = tool_cases();
    for (std::size_t first = 0; first < all.size(); first += kAtOnce) {
      std::vector<std::future<void>> running;
      for (std::size_t i = first; i < std::min(all.size(), first + kAtOnce); ++i) {
        running.push_back(std::async(std::launch::async, [&check, &each = all[i]] { check(each); }));
      }
    }
  }

  support::TemporaryFolder folder;
  std::string space = {};
};

// docs/pitfalls.md, P14: one wait is one condition; a script waits for Ready and looks at Stalled.
TEST_F(Conditions, AreWhatKubectlWaitsFor) {
  for (const Case& each : tool_cases()) create(each);
  for_all([&](const Case& each) {
    const std::string condition = each.kstatus == "Failed" ? "Stalled" : "Ready";
    const Ended ended = wait_for(each.name, condition, each.kstatus == "InProgress" ? "1s" : "60s");
    EXPECT_EQ(ended.program.code == 0, each.kstatus != "InProgress") << each.name << ": " << ended.program.err;
  });
}

// docs/pitfalls.md, P10: stale Ready never visible after a change of the spec
TEST_F(Conditions, OfAnOlderGenerationArePassedOverByKubectl) {
  const Case ready = tool_cases().front();
  create(ready);
  ASSERT_EQ(wait_for(ready.name, "Ready", "60s").program.code, 0);
  ASSERT_EQ(api()
                .patch(kube::types::database_migration(), {space, ready.name}, {{"spec", {{"target", "003"}}}},
                       kube::Subresource::kNone)
                .outcome,
            kube::WriteOutcome::kDone);
  EXPECT_NE(wait_for(ready.name, "Ready", "1s").program.code, 0);
}

TEST_F(Conditions, AreWhatHelmWaitsFor) {
  for (const Case& each : tool_cases()) create(each);
  for_all([&](const Case& each) {
    const Ended ended = helm(each, each.kstatus == "InProgress" ? "3s" : "120s");
    const std::string said = each.name + " (" + each.kstatus + ", " + std::to_string(ended.took.count()) +
                             " s): " + ended.program.out + ended.program.err;
    EXPECT_EQ(ended.program.code == 0, each.kstatus == "Current") << said;
    if (each.kstatus == "Current") return;
    EXPECT_THAT(ended.program.err, HasSubstr(each.kstatus)) << said;
    EXPECT_LT(ended.took, seconds(100)) << said;
  });
}

}  // namespace
