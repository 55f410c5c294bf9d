// The binary at a server that hangs or refuses: it lets nobody else wait, and ends when told to.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

#include "tests/operator/main/replica.h"
#include "tests/support/moody_server.h"

namespace {

using support::eventually;
using support::Replica;

/// A replica at a server of nothing but moods.
class MoodyServerTest : public testing::Test {
 protected:
  MoodyServerTest() {
    EXPECT_TRUE(eventually([this] { return replica.leads(); }));
  }
  /// How it ended, and after how long.
  std::pair<int, std::chrono::seconds> end() {
    const auto began = std::chrono::steady_clock::now();
    const int code = replica.program().wait().code;
    return {code, std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - began)};
  }
  support::TemporaryFolder folder;
  support::MoodyServer server;
  Replica replica{folder.write("kubeconfig",
                               "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
                               "clusters: [{name: c, cluster: {server: '" +
                                   server.url() + "'}}]\n")};
};

// operator-protocol, Runtime 1: others may take it after 15 s, whatever the server asks us to wait
TEST_F(MoodyServerTest, ThatRefusesItsLeaseEndsTheReplicaBeforeAnotherMayLead) {
  server.be("refuse", "leases");
  const auto [code, took] = end();
  EXPECT_EQ(code, 1);
  EXPECT_LT(took, std::chrono::seconds(15));
}

TEST_F(MoodyServerTest, ThatHangsAtItsLeaseEndsTheReplicaBeforeAnotherMayLead) {
  server.be("hang", "leases");
  const auto [code, took] = end();
  EXPECT_EQ(code, 1);
  EXPECT_LT(took, std::chrono::seconds(15));
}

TEST_F(MoodyServerTest, ThatRefusesEverythingDoesNotKeepTheReplicaFromEnding) {
  server.be("refuse");
  replica.program().signal(SIGTERM);
  const auto [code, took] = end();
  EXPECT_EQ(code, 0);
  EXPECT_LT(took, std::chrono::seconds(9));
}

}  // namespace
