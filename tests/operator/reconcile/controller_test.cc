// Looks at real resources on a real API server: the state of the world is asserted, not the calls made.
#include "operator/reconcile/controller.h"

#include <gmock/gmock.h>

#include "common/error.h"
#include "tests/operator/reconcile/forwarding_api.h"
#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::good;
using playground::Playground;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using playground::kFiles;

// operator-protocol, Status 1
TEST(Controller, AnUnseenResourceSaysThatItIsUnseen) {
  Playground world;
  world.write_migration("shop");
  EXPECT_EQ(world.migration("shop")["status"], json({{"observedGeneration", -1}}));
}

TEST(Controller, TakesAResourceFromItsFirstLookToReady) {
  Playground world;
  world.release();
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
  const json status = world.migration("shop")["status"];
  EXPECT_EQ(status["observedGeneration"], 1);
  EXPECT_EQ(status["heads"], json({"001"}));
  EXPECT_EQ(status["imageID"], "i@sha256:1");
}

TEST(Controller, ChangesNothingWhenThereIsNothingToDo) {
  Playground world;
  world.release();
  const json before = world.migration("shop")["metadata"]["resourceVersion"];
  EXPECT_EQ(world.look("shop"), std::nullopt);
  EXPECT_EQ(world.migration("shop")["metadata"]["resourceVersion"], before);
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

TEST(Controller, StartsOneJobThoughItsCachesAreOld) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  for (int i = 0; i < 3; ++i) world.look_with_old_caches("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

// operator-protocol, Status 4: 409 = reconcile again
TEST(Controller, NeverWritesOverAStatusItHasNotSeen) {
  Playground world;
  world.release();
  world.annotate("shop", "sluice.dev/retry", "1");  // the resource moves on, the caches don't
  world.refresh();
  world.annotate("shop", "example.com/x", "y");
  EXPECT_NE(world.look_with_old_caches("shop"), std::nullopt);
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 2U);
}

TEST(Controller, SaysWhatTheMigratorSaidOfAFailure) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  report::Result said = good();
  said.code = report::ExitCode::kStepFailed;
  said.message = "001_a.up.sql:1: syntax error";
  world.end_job(said);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/MigrationFailed");
  EXPECT_THAT(world.migration("shop")["status"].dump(), HasSubstr("001_a.up.sql:1: syntax error"));
}

// Jobs and pods come by different watches
TEST(Controller, DoesNotTakeAResultForLostThatItsCachesDoNotShowYet) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  world.end_job(good());
  world.refresh_jobs();
  world.look_with_old_caches("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
}

// operator-protocol, Trust 4: hand-made pods with our labels and owner references, that say all is well
TEST(Controller, ReadsNoPodThatItsJobDoesNotControl) {
  const std::string all_is_well = report::to_json(good());
  ASSERT_TRUE(report::parse_result(all_is_well));
  for (const bool is_of_the_resource : {true, false}) {
    Playground world;
    world.write_config_map("files", kFiles);
    world.write_migration("shop");
    world.look("shop");
    kube::Object owner = is_of_the_resource ? world.migration("shop") : world.list(kube::types::job()).at(0);
    owner["metadata"]["labels"] = {{"sluice.dev/migration", "shop"}};
    if (!is_of_the_resource) owner["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555";  // of another Job
    world.add_pod(owner, "impostor", 0, all_is_well);
    world.end_job_alone(true);
    world.look("shop");
    EXPECT_EQ(kube::text_at(world.migration("shop"), "/status/history/0/reason"), "ResultLost");
    EXPECT_TRUE(world.condition("shop", "Ready").starts_with("False"));
  }
}

TEST(Controller, TakesTwoPodsThatClaimTheSameAttemptForALostResult) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  world.add_pod(world.list(kube::types::job()).at(0), "impostor", 0, report::to_json(good()));
  report::Result said = good();
  said.code = report::ExitCode::kInternal;
  world.end_job(said);
  world.look("shop");
  EXPECT_EQ(world.migration("shop")["status"]["history"][0]["reason"], "ResultLost");
  EXPECT_EQ(world.condition("shop", "Ready").substr(0, 5), "False");
}

// What podTemplate says may be no valid pod; only the API server knows
TEST(Controller, SaysWhatTheApiServerHasAgainstTheJob) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop", {{"podTemplate", {{"spec", {{"tolerations", {{{"operator", "Nonsense"}}}}}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  EXPECT_THAT(world.migration("shop")["status"].dump(), HasSubstr("tolerations"));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  world.write_migration("shop", {{"podTemplate", {{"spec", {{"tolerations", {{{"operator", "Exists"}}}}}}}}});
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

TEST(Controller, AsksForNothingThatThePolicyForbids) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop", {{"podTemplate", {{"spec", {{"serviceAccountName", "admin"}}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  EXPECT_THAT(world.message("shop", "Stalled"), HasSubstr("spec.podTemplate.spec.serviceAccountName: "));
  EXPECT_TRUE(world.list(kube::types::job()).empty());
}

// What the type's own rules let pass: the condition names each place.
TEST(Controller, NamesEachFieldOfTheSpecThatIsWrong) {
  Playground world;
  world.write_config_map("files", kFiles);
  const json containers = json::array({{{"name", "migrate"}, {"env", json::array({{{"name", "SLUICE_SPEC"}}})}}});
  world.write_migration("shop", {{"podTemplate", {{"spec", {{"hostname", "db"}, {"containers", containers}}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  for (const char* path : {"spec.podTemplate.spec.hostname: ", "spec.podTemplate.spec.containers[0].env[0].name: "}) {
    EXPECT_THAT(world.message("shop", "Stalled"), HasSubstr(path));
    EXPECT_THAT(world.message("shop", "Ready"), HasSubstr(path));
  }
}

// operator-protocol, Jobs 5: AlreadyExists is ours only if the owner's UID matches; the next attempt has another name
TEST(Controller, LeavesAJobAloneThatHasItsNameButAnotherOwner) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  kube::Object job = world.list(kube::types::job()).at(0);
  const std::string name = kube::name_of(job).name;
  ASSERT_EQ(world.api().remove(kube::types::job(), {world.space(), name}, {}), kube::WriteOutcome::kDone);
  kube::Object foreign = {{"apiVersion", "batch/v1"},
                          {"kind", "Job"},
                          {"metadata", {{"name", name}, {"namespace", world.space()}}},
                          {"spec", {{"template", job["spec"]["template"]}}}};
  foreign["spec"]["template"]["metadata"] = json::object();
  ASSERT_EQ(world.api().create(kube::types::job(), foreign).outcome, kube::CreateOutcome::kCreated);
  EXPECT_NE(world.look("shop"), std::nullopt);
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/JobNotCreated");
  EXPECT_THAT(world.message("shop", "Reconciling"), HasSubstr("Job " + name + ": the name belongs to another owner"));
}

/// Reasons of the events, by the events' names.
std::vector<std::string> told(Playground& world) {
  std::vector<std::string> reasons;
  for (const json& each : world.list(kube::types::event())) reasons.push_back(each["reason"]);
  return reasons;
}

// operator-protocol, Runtime 1: events are idempotent by name
TEST(Controller, SaysEachEventOnce) {
  Playground world;
  world.release();
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_THAT(told(world), UnorderedElementsAre("AttemptStarted", "Running", "AttemptSucceeded", "UpToDate"));
}

/// Has no right to tell events, or asks too much of the server.
class Mute final : public playground::ForwardingApi {
 public:
  Mute(kube::Api& api, bool for_ever) : ForwardingApi(api), for_ever_(for_ever) {}
  kube::Created create(const kube::ResourceType& type, const kube::Object& object) override {
    if (type != kube::types::event()) return ForwardingApi::create(type, object);
    if (for_ever_) throw PermanentError("POST events: 403 forbidden", report::ExitCode::kNotAllowed);
    throw TransientError("POST events: 429 too many");
  }

 private:
  const bool for_ever_;
};

TEST(Controller, MigratesAlsoWhereItMayTellNoEvents) {
  for (const bool for_ever : {true, false}) {
    Playground world;
    Mute api(world.api(), for_ever);
    const SystemClock clock;
    world.replace_operator({.migrator_image = "i"}, api, clock);
    world.release();
    EXPECT_EQ(world.condition("shop", "Ready"), "True/UpToDate");
    EXPECT_THAT(told(world), testing::IsEmpty());
  }
}

// `kubectl describe` shows events in the order of their names, as the API server lists them
TEST(Controller, NamesEventsInTheOrderInWhichTheyAreTold) {
  Playground world;
  world.release();
  world.write_config_map("files", {{"001_a.up.sql", "select 1;"}, {"002_b.up.sql", "select 1 / 0;"}});
  world.look("shop");
  report::Result said = good();
  said.code = report::ExitCode::kStepFailed;
  world.end_job(said);
  world.look("shop");
  EXPECT_THAT(told(world), ElementsAre("AttemptStarted", "Running", "AttemptSucceeded", "UpToDate", "AttemptStarted",
                                       "Running", "AttemptFailed", "MigrationFailed"));
}

// operator-protocol, Jobs 5: only sluice.dev/cancel kills
TEST(Controller, EndsTheJobOfACancelledRunAndTakesWhatItsPodSays) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop");
  world.look("shop");
  world.annotate("shop", "sluice.dev/cancel", "1");
  world.look("shop");
  const json job = world.list(kube::types::job()).at(0);
  EXPECT_TRUE(job["metadata"].contains("deletionTimestamp"));
  EXPECT_EQ(job["metadata"]["finalizers"], json({"foregroundDeletion"}));
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/Cancelling");
  EXPECT_EQ(world.condition("shop", "Stalled"), "-");
  report::Result said = playground::good();
  said.code = report::ExitCode::kNotWentBack;
  said.next = "sluice restore x.dump";
  world.add_pod(job, "shop-pod", 31, report::to_json(said));
  world.look("shop");
  // The garbage collector lets the Job go once the pod is gone.
  ASSERT_EQ(world.api().remove(kube::types::pod(), {world.space(), "shop-pod"}, {}), kube::WriteOutcome::kDone);
  const json no_finalizers = {{"metadata", {{"finalizers", nullptr}}}};
  ASSERT_EQ(world.api().patch(kube::types::job(), kube::name_of(job), no_finalizers, kube::Subresource::kNone).outcome,
            kube::WriteOutcome::kDone);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/RollbackFailed");
  EXPECT_EQ(kube::text_at(world.migration("shop"), "/status/run/next"), "sluice restore x.dump");
}

TEST(Controller, IsDoneWithAResourceThatIsGone) {
  Playground world;
  EXPECT_EQ(world.look("nobody"), std::nullopt);
}

}  // namespace
