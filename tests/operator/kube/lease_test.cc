// The lease on a real API server, with times short enough for a test.
#include "operator/kube/lease.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"

namespace {

using std::chrono::seconds;
using support::eventually;

/// One replica of the operator, as far as the lease is concerned.
class Candidate {
 public:
  Candidate(support::ApiServer& server, const std::string& space, const std::string& identity)
      : client_(server.config(), {.idle = seconds(2)}),
        options_{.namespace_name = space, .identity = identity, .times = {seconds(4), seconds(3), seconds(1)}},
        thread_([this](std::stop_token stop) {
          kube::hold_lease(client_, clock_, options_,
                           {.on_leading = [this] { leads_ = true; }, .on_lost = [this] { lost_ = true; }}, stop);
          ended_ = true;
        }) {}
  bool leads() const { return leads_; }
  bool lost() const { return lost_; }
  bool holds() const { return leads_ && !ended_; }
  void stop() { thread_ = {}; }

 private:
  SystemClock clock_;
  kube::Client client_;
  kube::LeaseOptions options_;
  std::atomic<bool> leads_ = false, ended_ = false, lost_ = false;
  std::jthread thread_;
};

TEST(Lease, PassesToTheNextAsSoonAsItIsReleased) {
  support::ApiServer& server = support::ApiServer::shared();
  const std::string space = server.new_namespace();
  Candidate first(server, space, "first");
  ASSERT_TRUE(eventually([&] { return first.leads(); }));
  Candidate second(server, space, "second");
  first.stop();
  EXPECT_FALSE(first.lost());
  EXPECT_TRUE(eventually([&] { return second.leads(); }));
  const std::optional<kube::Object> lease = server.api().get(kube::types::lease(), {space, "sluice-operator"});
  ASSERT_TRUE(lease);
  EXPECT_EQ(kube::text_at(*lease, "/spec/holderIdentity"), "second");
  EXPECT_EQ(kube::value_at(*lease, "/spec/leaseTransitions"), 1);
}

TEST(Lease, HasOneHolderAtATime) {
  support::ApiServer& server = support::ApiServer::shared();
  const std::string space = server.new_namespace();
  Candidate first(server, space, "first"), second(server, space, "second"), third(server, space, "third");
  const auto holders = [&] { return first.holds() + second.holds() + third.holds(); };
  ASSERT_TRUE(eventually([&] { return holders() > 0; }));
  const auto since = std::chrono::steady_clock::now();
  int most = 0;
  eventually([&] {
    most = std::max(most, holders());
    return std::chrono::steady_clock::now() - since > seconds(6);
  });
  EXPECT_EQ(most, 1);
}

// operator-protocol, Runtime 1: a lost lease = exit
TEST(Lease, IsLostWhenAnotherTookIt) {
  support::ApiServer& server = support::ApiServer::shared();
  const std::string space = server.new_namespace();
  Candidate first(server, space, "first");
  ASSERT_TRUE(eventually([&] { return first.leads(); }));
  ASSERT_TRUE(eventually([&] {
    return server.api()
               .patch(kube::types::lease(), {space, "sluice-operator"}, {{"spec", {{"holderIdentity", "thief"}}}},
                      kube::Subresource::kNone)
               .outcome == kube::WriteOutcome::kDone;
  }));
  EXPECT_TRUE(eventually([&] { return first.lost(); }));
}

TEST(Lease, IsLostWhenTheServerStaysAway) {
  const std::unique_ptr<support::ApiServer> server = support::ApiServer::start();
  Candidate first(*server, "default", "first");
  ASSERT_TRUE(eventually([&] { return first.leads(); }));
  server->stop();
  EXPECT_TRUE(eventually([&] { return first.lost(); }));
}

}  // namespace
