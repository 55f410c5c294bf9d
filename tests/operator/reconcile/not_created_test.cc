// A Job that the API server refuses for what may pass: the status says so, and it is tried again.
#include <gmock/gmock.h>

#include "common/error.h"
#include "tests/operator/reconcile/forwarding_api.h"
#include "tests/operator/reconcile/later.h"
#include "tests/operator/reconcile/playground.h"
#include "tests/support/postgres_server.h"

namespace {

using nlohmann::json;
using playground::Later;
using playground::Playground;
using testing::HasSubstr;

/// Answers the creation of Jobs with 403 as long as it is told to.
class Refusing final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  kube::Created create(const kube::ResourceType& type, const kube::Object& object) override {
    if (type != kube::types::job() || !refuses) return ForwardingApi::create(type, object);
    if (creates_first) static_cast<void>(ForwardingApi::create(type, object));
    throw PermanentError("POST jobs: 403 admission webhook \"policy\" denied the request: no Jobs on Fridays",
                         report::ExitCode::kNotAllowed);
  }
  bool refuses = true;
  bool creates_first = false;
};

class NotCreated : public testing::Test {
 protected:
  NotCreated() {
    world.write_config_map("files", playground::kFiles);
    world.write_migration("shop");
    world.replace_operator({.migrator_image = "localhost/sluice:test"}, api, clock);
  }
  std::size_t jobs() { return world.list(kube::types::job()).size(); }
  /// It learns of a quota a moment later.
  bool refuses_a_job() {
    const json pod = {{"restartPolicy", "Never"}, {"containers", json::array({{{"name", "c"}, {"image", "i"}}})}};
    const kube::Object probe = {
        {"apiVersion", "batch/v1"},
        {"kind", "Job"},
        {"metadata", {{"name", "probe-" + std::to_string(++probes)}, {"namespace", world.space()}}},
        {"spec", {{"template", {{"spec", pod}}}}}};
    try {
      static_cast<void>(world.api().create(kube::types::job(), probe));
      return false;
    } catch (const PermanentError&) {
      return true;
    }
  }

  Playground world;
  Refusing api{world.api()};
  Later clock;
  int probes = 0;
};

TEST_F(NotCreated, SaysWhatTheServerSaidAndTriesAgainLater) {
  EXPECT_EQ(world.look("shop"), std::chrono::seconds(10));
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/JobNotCreated");
  EXPECT_EQ(world.condition("shop", "Stalled"), "-");
  EXPECT_THAT(world.message("shop", "Reconciling"), HasSubstr("no Jobs on Fridays"));
  EXPECT_NE(world.look("shop"), std::nullopt);
  EXPECT_EQ(world.migration("shop")["status"]["run"]["attempt"], 1) << "not before its time";
  api.refuses = false;
  clock.ahead = std::chrono::seconds(15);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
  EXPECT_EQ(jobs(), 1U);
}

TEST_F(NotCreated, WaitsLongerEachTimeAndNeverGivesUp) {
  for (const int expected : {10, 20, 40, 80, 160, 300, 300, 300}) {
    EXPECT_EQ(world.look("shop"), std::chrono::seconds(expected));
    clock.ahead += std::chrono::seconds(expected + 1);
  }
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/JobNotCreated");
}

// Its slot would else be held by nobody.
TEST_F(NotCreated, HoldsNoSlot) {
  world.replace_operator({.migrator_image = "localhost/sluice:test", .max_running = 1}, api, clock);
  world.look("shop");
  api.refuses = false;
  world.write_migration("other");
  world.look("other");
  EXPECT_EQ(world.condition("other", "Ready"), "False/Running");
}

// operator-protocol, Runtime 1: a POST may be sent twice, and the first one used up the quota
TEST_F(NotCreated, TakesAJobThatIsThereForCreatedWhateverTheServerSaidLast) {
  api.creates_first = true;
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
  EXPECT_EQ(jobs(), 1U);
}

// By the API server itself.
TEST_F(NotCreated, ThroughAQuotaSaysSoAndRunsOnceTheQuotaAllowsIt) {
  api.refuses = false;
  const kube::ResourceType quotas{"", "v1", "resourcequotas", "ResourceQuota"};
  const json hard = {{"count/jobs.batch", "0"}};
  const kube::Object quota = {{"apiVersion", "v1"},
                              {"kind", "ResourceQuota"},
                              {"metadata", {{"name", "no-jobs"}, {"namespace", world.space()}}},
                              {"spec", {{"hard", hard}}}};
  ASSERT_EQ(api.create(quotas, quota).outcome, kube::CreateOutcome::kCreated);
  const kube::Object status = {{"status", {{"hard", hard}, {"used", hard}}}};  // no controller counts here
  ASSERT_EQ(api.patch(quotas, {world.space(), "no-jobs"}, status, kube::Subresource::kStatus).outcome,
            kube::WriteOutcome::kDone);
  ASSERT_TRUE(support::eventually([&] { return refuses_a_job(); }));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/JobNotCreated");
  EXPECT_THAT(world.message("shop", "Reconciling"), HasSubstr("exceeded quota: no-jobs"));
  ASSERT_EQ(api.remove(quotas, {world.space(), "no-jobs"}, {}), kube::WriteOutcome::kDone);
  const auto runs = [&] {
    clock.ahead += std::chrono::minutes(6);
    world.look("shop");
    return world.condition("shop", "Ready") == "False/Running";
  };
  EXPECT_TRUE(support::eventually(runs)) << world.migration("shop").dump(1);
}

}  // namespace
