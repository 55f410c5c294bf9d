// --max-running on a real API server: operator-protocol, Jobs 5.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/later.h"
#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::kFiles;
using playground::Playground;

constexpr std::chrono::seconds kThreeMinutes{180};

class SlotsTest : public testing::Test {
 protected:
  SlotsTest() { world.write_config_map("files", kFiles); }
  void may_run(int most) { world.replace_operator({.migrator_image = "i", .max_running = most}, world.api(), clock); }
  /// One look at a new resource.
  std::optional<std::chrono::milliseconds> make(const std::string& name) {
    world.write_migration(name);
    return world.look(name);
  }
  std::string ready(const std::string& name) { return world.condition(name, "Ready"); }
  kube::Object job_of(const std::string& name) {
    for (kube::Object& job : world.list(kube::types::job())) {
      if (kube::label_of(job, "sluice.dev/migration") == name) return job;
    }
    throw std::runtime_error(name + " has no Job");
  }

  Playground world;
  playground::Later clock;
};

TEST_F(SlotsTest, NoMoreRunsAreStartedThanMayBe) {
  may_run(1);
  make("one");
  EXPECT_NE(make("two"), std::nullopt);
  EXPECT_EQ(ready("two"), "False/Queued");
  world.end_job(playground::good());
  world.look("two");
  EXPECT_EQ(ready("two"), "False/Running");
}

// The caches show none of their pods yet.
TEST_F(SlotsTest, ABurstStartsNoMoreThanMayRun) {
  may_run(2);
  for (const char* name : {"one", "two", "three", "four"}) world.write_migration(name);
  world.refresh();
  for (const char* name : {"one", "two", "three", "four"}) world.look_with_old_caches(name);
  for (const char* name : {"three", "four"}) world.look(name);
  EXPECT_EQ(world.list(kube::types::job()).size(), 2U);
}

// No such Secret, no such image: such Jobs are live until somebody heals them.
TEST_F(SlotsTest, RunsWhosePodsNeverStartHoldNobodyUp) {
  may_run(2);
  for (const char* name : {"one", "two", "good"}) make(name);
  EXPECT_EQ(ready("good"), "False/Queued");
  clock.ahead = kThreeMinutes;
  world.look("good");
  EXPECT_EQ(ready("good"), "False/Running");
}

TEST_F(SlotsTest, ARunThatHasStartedHoldsItsSlotHoweverLongItTakes) {
  may_run(1);
  make("one");
  world.run_pod(job_of("one"), "one-pod");
  clock.ahead = kThreeMinutes;
  make("two");
  EXPECT_EQ(ready("two"), "False/Queued");
}

// Another operator begins with what the cluster shows.
TEST_F(SlotsTest, JobsOfAnOperatorThatEndedCountAsWell) {
  may_run(1);
  make("one");
  may_run(1);
  make("two");
  EXPECT_EQ(ready("two"), "False/Queued");
}

TEST_F(SlotsTest, JobsThatAPersonMadeHoldNoSlot) {
  may_run(1);
  make("one");
  kube::Object job = job_of("one");
  const json labels = job["metadata"]["labels"], owners = job["metadata"]["ownerReferences"];
  world.end_job(playground::good());
  world.look("one");
  for (const bool claims_an_owner : {false, true}) {
    const std::string name = claims_an_owner ? "claims-an-owner" : "stranger";
    json metadata = {{"name", name}, {"namespace", world.space()}, {"labels", labels}};
    if (claims_an_owner) metadata["ownerReferences"] = owners;
    json pod = job["spec"]["template"];
    pod["metadata"] = json::object();
    const kube::Object made = {
        {"apiVersion", "batch/v1"}, {"kind", "Job"}, {"metadata", metadata}, {"spec", {{"template", pod}}}};
    ASSERT_EQ(world.api().create(kube::types::job(), made).outcome, kube::CreateOutcome::kCreated);
  }
  make("two");
  EXPECT_EQ(ready("two"), "False/Running");
}

}  // namespace
