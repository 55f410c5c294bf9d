#include "tests/operator/reconcile/rows.h"

#include <nlohmann/json.hpp>
#include <ostream>

namespace story {
namespace {

using std::chrono::seconds;

void waits_for(Story& story, const char* reason, const char* message) {
  story.look();
  story.live().pod.present = true;
  story.live().pod.waiting = reason;
  story.live().pod.waiting_message = message;
  story.look();
}

void fails(Story& story, int code) {
  story.look();
  story.ends(code);
}

void contract_waits(Story& story) {
  story.look();
  report::Result said = story::result(0);
  said.contract_pending = 2;
  said.contract_plan = "0123456789abcdef";
  story.ends(said);
}

void needs_approval(Story& story) {
  story.seen.resource.spec.approval = spec::Approval::kAlways;
  story.look();
  report::Result plan = story::result(0);
  plan.plan_hash = "abcdef0123456789";
  plan.pending = 3;
  story.ends(plan);
}

void depends(Story& story, bool cycle) {
  story.seen.dependencies = {{.name = "prod/core", .found = true, .cycle = cycle}};
  story.look();
}

void waits_for_pods(Story& story) {
  story.seen.resource.spec.run_by = spec::RunBy::kPods;
  story.look();
  report::Result said = story::result(0, {});
  said.pending = 2;
  story.ends(said);
}

void goes_back(Story& story) {
  story.look();
  story.runs();
  story.seen.progress = reconcile::Progress{.step = "003", .text = "restore", .going_back = true};
  story.look();
}

void uses_up_retries(Story& story) {
  story.seen.resource.spec.retry.limit = 1;
  fails(story, 70);
  story.later(seconds(600));
  fails(story, 70);
}

}  // namespace

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"UpToDate", [](Story& s) { fails(s, 0); }, "True/-/-/UpToDate"},
      {"ContractMayWait", contract_waits, "True/-/-/ExpandComplete"},
      {"SuspendedWithAChangePending",
       [](Story& s) {
         s.seen.resource.spec.suspend = true;
         s.look();
       },
       "False/-/-/Suspended"},
      {"PlanNeedsApproval", needs_approval, "False/-/-/AwaitingApproval"},
      {"WaitingForDependsOn", [](Story& s) { depends(s, false); }, "False/True/-/DependencyNotReady"},
      {"ConfigMapMissing",
       [](Story& s) {
         s.seen.content = {.missing = {"files"}};
         s.look();
       },
       "False/True/-/SourceNotFound"},
      {"ConfigMapGoneBeforeThePodStarted",
       [](Story& s) { waits_for(s, "CreateContainerConfigError", "configmap \"files\" not found"); },
       "False/True/-/SourceNotFound"},
      {"SecretMissing", [](Story& s) { waits_for(s, "CreateContainerConfigError", "secret \"db\" not found"); },
       "False/True/-/SecretNotFound"},
      {"SecretKeyMissing",
       [](Story& s) { waits_for(s, "CreateContainerConfigError", "couldn't find key url in Secret prod/db"); },
       "False/True/-/SecretNotFound"},
      {"ImageMissing", [](Story& s) { waits_for(s, "ImagePullBackOff", "Back-off pulling image"); },
       "False/True/-/ImagePull"},
      {"ImageNeverPulled", [](Story& s) { waits_for(s, "ErrImageNeverPull", ""); }, "False/True/-/ImagePull"},
      {"Unschedulable", [](Story& s) { waits_for(s, "Unschedulable", "0/1 nodes"); }, "False/True/-/Unschedulable"},
      {"Planning",
       [](Story& s) {
         s.seen.resource.spec.approval = spec::Approval::kDestructive;
         s.look();
       },
       "False/True/-/Planning"},
      {"Running", [](Story& s) { s.look(); }, "False/True/-/Running"},
      {"VerifyingWhatPodsDid",
       [](Story& s) {
         s.seen.resource.spec.run_by = spec::RunBy::kPods;
         s.look();
       },
       "False/True/-/Verifying"},
      {"WaitingForPods", waits_for_pods, "False/True/-/WaitingForPods"},
      {"GoingBack", goes_back, "False/True/-/GoingBack"},
      {"Code10Unreachable", [](Story& s) { fails(s, 10); }, "False/True/-/Unreachable"},
      {"Code11AuthenticationFailed", [](Story& s) { fails(s, 11); }, "False/True/-/AuthenticationFailed"},
      {"LockHeld",
       [](Story& s) {
         s.look();
         report::Result said = story::result(10);
         said.reason = "LockHeld";
         s.ends(said);
       },
       "False/True/-/LockHeld"},
      {"Code23CheckFailed", [](Story& s) { fails(s, 23); }, "False/True/-/CheckFailed"},
      {"Code70Interrupted", [](Story& s) { fails(s, 70); }, "False/True/-/Interrupted"},
      {"Code143Interrupted", [](Story& s) { fails(s, 143); }, "False/True/-/Interrupted"},
      {"KilledByTheKernel",
       [](Story& s) {
         s.look();
         s.ends_silently(137);
       },
       "False/True/-/Interrupted"},
      {"ResultLost",
       [](Story& s) {
         s.look();
         s.ends_silently(0);
       },
       "False/True/-/Interrupted"},
      {"Code20StepFailed", [](Story& s) { fails(s, 20); }, "False/-/True/MigrationFailed"},
      {"Code22HalfDone", [](Story& s) { fails(s, 22); }, "False/-/True/MigrationFailed"},
      {"Code24CheckAfterFailed", [](Story& s) { fails(s, 24); }, "False/-/True/MigrationFailed"},
      {"Code30RolledBack", [](Story& s) { fails(s, 30); }, "False/-/True/RolledBack"},
      {"Code31RollbackFailed", [](Story& s) { fails(s, 31); }, "False/-/True/RollbackFailed"},
      {"Code2InvalidSpec", [](Story& s) { fails(s, 2); }, "False/-/True/InvalidSpec"},
      {"Code126CannotExecute", [](Story& s) { fails(s, 126); }, "False/-/True/InvalidSpec"},
      {"Code127NoSuchProgram", [](Story& s) { fails(s, 127); }, "False/-/True/InvalidSpec"},
      {"Code128CannotStart", [](Story& s) { fails(s, 128); }, "False/-/True/InvalidSpec"},
      {"Code21HistoryMismatch", [](Story& s) { fails(s, 21); }, "False/-/True/HistoryMismatch"},
      {"Code32BackupFailed", [](Story& s) { fails(s, 32); }, "False/-/True/BackupFailed"},
      {"Code40Refused", [](Story& s) { fails(s, 40); }, "False/-/-/AwaitingApproval"},
      {"SpecWrong",
       [](Story& s) {
         s.seen.problems = {{"spec.target", "must not be empty"}};
         s.look();
       },
       "False/-/True/InvalidSpec"},
      {"KeyInTwoConfigMaps",
       [](Story& s) {
         s.seen.content = {.duplicates = {"001.sql in a and b"}};
         s.look();
       },
       "False/-/True/InvalidSpec"},
      {"JobRefusedByTheApiServer",
       [](Story& s) {
         s.look();
         s.seen.jobs.clear();
         s.seen.refused = "Job is invalid";
         s.look();
       },
       "False/-/True/InvalidSpec"},
      {"JobRefusedForNow",
       [](Story& s) {
         s.look();
         s.seen.jobs.clear();
         s.seen.refused = "POST /apis/batch/v1/namespaces/prod/jobs: 403 exceeded quota: jobs";
         s.seen.refusal_may_pass = true;
         s.look();
       },
       "False/True/-/JobNotCreated"},
      {"DependencyCycle", [](Story& s) { depends(s, true); }, "False/-/True/DependencyCycle"},
      {"RetriesUsedUp", uses_up_retries, "False/-/True/RetriesExhausted"},
      {"TooManyRunsElsewhere",
       [](Story& s) {
         s.seen.slot_free = false;
         s.look();
       },
       "False/True/-/Queued"},
  };
  return all;
}

nlohmann::json resource(const Row& row) {
  Story story;
  row.happens(story);
  nlohmann::json json = spec::to_json(story.seen.resource);
  json["metadata"]["generation"] = story.seen.generation;
  json["status"] = reconcile::to_json(story.seen.status);
  return json;
}

}  // namespace story
