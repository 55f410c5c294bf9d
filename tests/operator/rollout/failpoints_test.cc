// The operator killed at each step, with the rights that the chart gives it: the next one goes on where it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "operator/rollout/steps.h"
#include "tests/operator/rollout/stage.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using nlohmann::json;
using rollout::Step;
using stage::Stage;

class RolloutFailpoints : public testing::Test {
 protected:
  /// The service account's, as in a pod.
  std::string kubeconfig() {
    const kube::Config admin = server().config();
    folder_.write("ca.crt", admin.ca_pem);
    folder_.write("token", server().token_of("sluice-system", "sluice-operator"));
    return folder_.write("kubeconfig",
                         "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
                         "clusters: [{name: c, cluster: {server: '" +
                             admin.server +
                             "', certificate-authority: ca.crt}}]\n"
                             "users: [{name: u, user: {tokenFile: token}}]\n");
  }

  /// Operators one after the other, each killed at the next failpoint it comes to, until the sequence stands at `end`.
  /// Returns how many were killed.
  int run_and_be_killed(Stage& stage, const std::vector<std::string>& failpoints, const std::string& end,
                        const std::function<void()>& meanwhile) {
    std::string all;
    for (const std::string& each : failpoints) all += (all.empty() ? "" : ",") + each + "=kill";
    int killed = 0;
    for (int i = 0; i < 40 && stage.step() != end; ++i) {
      support::Program program({support::binary("sluice-operator"), "--kubeconfig", kubeconfig_, "--namespace",
                                stage.space(), "--leader-elect=false", "--migrator-image", "localhost/sluice:test",
                                "--metrics-address", "127.0.0.1:" + std::to_string(support::free_port())},
                               {"SLUICE_FAILPOINT=" + all});
      EXPECT_TRUE(support::eventually(
          [&] {
            stage.follow();
            meanwhile();
            return !program.is_running() || stage.step() == end;
          },
          200));
      if (program.is_running()) {
        program.signal(SIGKILL);
      } else {
        ++killed;
      }
      static_cast<void>(program.wait());
    }
    return killed;
  }

  static support::ApiServer& server() { return support::ApiServer::shared(); }

  support::TemporaryFolder folder_;
  Stage stage_{json{{"verify", {{"checks", {{{"name", "health"}, {"tcp", {{"port", 8080}}}}}}}}}};
  std::string kubeconfig_ = kubeconfig();
};

std::vector<std::string> of_steps(const std::vector<Step>& steps) {
  std::vector<std::string> names;
  for (const Step each : steps) names.push_back("rollout." + snake(each));
  return names;
}

// operator-protocol, Runtime 4; Roll-outs 2: the migration starts at step Expand and not before
TEST_F(RolloutFailpoints, AKilledOperatorIsContinuedAtEachStepOfAGoodSequence) {
  std::vector<std::string> failpoints = of_steps(rollout::steps_forward(true));
  failpoints.insert(failpoints.end(), {"rollout.start.acted", "rollout.switch.acted", "rollout.stop_old.acted"});
  stage_.look();
  stage_.wants("Green");
  const auto no_early_migration = [&] {
    if (stage_.list(kube::types::job(), "sluice.dev/migration=db").empty()) return;
    EXPECT_EQ(stage_.condition("Checked"), "True/Passed") << "the migration ran before step Expand";
  };
  EXPECT_EQ(run_and_be_killed(stage_, failpoints, "Done", no_early_migration), static_cast<int>(failpoints.size()));
  EXPECT_EQ(stage_.selected(), "green");
  EXPECT_EQ(stage_.replicas("shop-green"), 2);
  EXPECT_EQ(stage_.replicas("shop-blue"), 0);
  EXPECT_EQ(stage_.list(kube::types::job(), "sluice.dev/migration=db").size(), 1U);
  EXPECT_EQ(stage_.list(kube::types::job(), "sluice.dev/rollout=shop").size(), 1U);
  EXPECT_EQ(stage_.rollout()["status"]["history"].size(), 1U);
}

TEST_F(RolloutFailpoints, AKilledOperatorIsContinuedAtEachStepBack) {
  std::vector<std::string> failpoints =
      of_steps({Step::kSwitchBack, Step::kRouteBack, Step::kDrainBack, Step::kStopNew});
  failpoints.insert(failpoints.end(), {"rollout.switch_back.acted", "rollout.stop_new.acted"});
  stage_.checks_pass = false;
  stage_.look();
  stage_.wants("Green");
  EXPECT_EQ(run_and_be_killed(stage_, failpoints, "Failed", [] {}), static_cast<int>(failpoints.size()));
  EXPECT_EQ(stage_.selected(), "blue");
  EXPECT_EQ(stage_.replicas("shop-blue"), 2);
  EXPECT_EQ(stage_.replicas("shop-green"), 0);
  EXPECT_EQ(stage_.rollout()["status"]["sequence"]["reason"], "VerifyFailed");
}

}  // namespace
