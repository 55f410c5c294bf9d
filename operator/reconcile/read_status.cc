#include "operator/kube/fields.h"
#include "operator/reconcile/status.h"
#include "operator/reconcile/status_words.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;
using kube::Fields;
using words::kAnswers, words::kKinds;

RunStatus read_run(const Json& json) {
  const Fields in(json);
  RunStatus run;
  in.get("kind", run.kind, kKinds);
  in.get("id", run.id);
  in.get("job", run.job);
  in.get("attempt", run.attempt);
  in.get("inputs", run.inputs);
  in.get("spec", run.spec);
  in.get("database", run.database);
  in.get("expectedDigest", run.expected_digest);
  in.get("approvedPlan", run.approved_plan);
  in.get("retry", run.retry);
  in.get("again", run.again);
  in.get("verifying", run.verifying);
  in.get("code", run.code);
  in.get("reason", run.reason);
  in.get("message", run.message);
  in.get("next", run.next);
  in.get("failures", run.failures);
  in.get("counted", run.counted);
  in.get("healthy", run.healthy);
  in.get("step", run.step);
  in.get("progress", run.progress);
  in.get("startedAt", run.started);
  in.get("finishedAt", run.finished);
  in.get("tookMs", run.took_ms);
  in.get("questions", run.questions);
  in.get("expectAnswers", run.expect_answers);
  return run;
}

ReportStatus read_report(const Json& json) {
  const Fields in(json);
  ReportStatus said;
  in.get("pod", said.pod);
  in.get("uid", said.uid);
  in.get("code", said.code);
  in.get("reason", said.reason);
  in.get("heads", said.heads);
  in.get("finishedAt", said.finished);
  in.get("attempt", said.attempt);
  in.get("verified", said.verified);
  return said;
}

RevisionStatus read_revision(const Json& json) {
  const Fields in(json);
  RevisionStatus revision;
  in.get("id", revision.id);
  in.get("contract", revision.answer, kAnswers);
  in.get("takenBack", revision.taken_back);
  return revision;
}

ConsumersStatus read_consumers(const Json& json) {
  const Fields in(json);
  ConsumersStatus consumers;
  in.get("counted", consumers.counted);
  in.get("old", consumers.old);
  in.get("set", consumers.set);
  in.get("since", consumers.since);
  in.get("outside", consumers.outside);
  return consumers;
}

PlanStatus read_plan(const Json& json) {
  const Fields in(json);
  PlanStatus plan;
  in.get("hash", plan.hash);
  in.get("steps", plan.steps);
  in.get("destructive", plan.destructive);
  in.get("inputs", plan.inputs);
  return plan;
}

BackupStatus read_backup(const Json& json) {
  const Fields in(json);
  BackupStatus backup;
  in.get("file", backup.file);
  in.get("size", backup.size_bytes);
  in.get("sha256", backup.sha256);
  in.get("job", backup.job);
  in.get("finishedAt", backup.finished);
  return backup;
}

HistoryEntry read_history(const Json& json) {
  const Fields in(json);
  HistoryEntry entry;
  in.get("attempt", entry.attempt);
  in.get("kind", entry.kind, kKinds);
  in.get("job", entry.job);
  in.get("id", entry.id);
  in.get("code", entry.code);
  in.get("reason", entry.reason);
  in.get("target", entry.target);
  in.get("applied", entry.applied);
  in.get("startedAt", entry.started);
  in.get("finishedAt", entry.finished);
  return entry;
}

}  // namespace

Status parse_status(const Json& json) {
  const Fields in(json);
  Status status;
  in.get("observedGeneration", status.observed_generation);
  for (const Json& each : in.at("conditions")) status.conditions.push_back(kube::parse_condition(each));
  in.get("heads", status.heads);
  in.get("database", status.database);
  in.get("target", status.target);
  in.get("pending", status.pending);
  in.get("contractPending", status.contract_pending);
  in.get("contractPlan", status.contract_plan);
  in.get("digest", status.digest);
  in.get("imageID", status.image_id);
  if (in.at("plan").is_object()) status.plan = read_plan(in.at("plan"));
  status.run = read_run(in.at("run"));
  if (in.at("contract").is_object()) status.contract = read_run(in.at("contract"));
  if (in.at("survey").is_object()) status.survey = read_run(in.at("survey"));
  for (const Json& each : in.at("reports")) status.reports.push_back(read_report(each));
  for (const Json& each : in.at("revisions")) status.revisions.push_back(read_revision(each));
  if (in.at("consumers").is_object()) status.consumers = read_consumers(in.at("consumers"));
  if (in.at("backup").is_object()) status.backup = read_backup(in.at("backup"));
  const Fields handled(in.at("handled"));
  handled.get("retry", status.handled.retry);
  handled.get("cancel", status.handled.cancel);
  handled.get("approve", status.handled.approve);
  for (const Json& each : in.at("history")) status.history.push_back(read_history(each));
  return status;
}

}  // namespace reconcile
