// tests/cluster/without_operator.h: tests that run an operator of their own beside the cluster: the one with
// failpoints.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/cluster.h"

namespace support {

/// The operator in the cluster is scaled away for these tests, and is back after them.
class WithoutOperator : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scale_operator(0);
    must_kubectl({"--namespace", "sluice-system", "wait", "pod", "--for=delete", "--timeout=60s", "-l",
                  "app.kubernetes.io/name=sluice-operator"});
  }
  static void TearDownTestSuite() {
    scale_operator(1);
    must_kubectl({"--namespace", "sluice-system", "rollout", "status", "deployment/sluice-operator", "--timeout=120s"});
  }

  static std::vector<std::string> operator_beside_the_cluster(const World& world) {
    return inside_cluster({"sh", "-c", "exec \"$@\" >>\"$0\" 2>&1", cluster_log("operator-beside"),
                           binary("sluice-operator"), "--leader-elect=false", "--namespace=" + world.name(),
                           "--migrator-image=" + migrator_image(), "--metrics-address=127.0.0.1:0"});
  }

 private:
  static void scale_operator(int replicas) {
    must_kubectl({"--namespace", "sluice-system", "scale", "deployment/sluice-operator",
                  "--replicas=" + std::to_string(replicas)});
  }
};

}  // namespace support
