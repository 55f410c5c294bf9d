#include "operator/kube/fields.h"
#include "operator/reconcile/status.h"
#include "operator/reconcile/status_words.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;
using kube::put, kube::put_flag;
using words::kAnswers, words::kKinds, words::word;

Json write(const PlanStatus& plan) {
  Json json = {{"hash", plan.hash}, {"steps", plan.steps}, {"destructive", plan.destructive}};
  put(json, "inputs", plan.inputs);
  return json;
}

Json write(const RunStatus& run) {
  Json json = {{"kind", word(kKinds, run.kind)}, {"attempt", run.attempt}};
  put(json, "id", run.id);
  put(json, "job", run.job);
  put(json, "inputs", run.inputs);
  put(json, "spec", run.spec);
  put(json, "database", run.database);
  put(json, "expectedDigest", run.expected_digest);
  put(json, "approvedPlan", run.approved_plan);
  put(json, "retry", run.retry);
  put_flag(json, "again", run.again);
  put_flag(json, "verifying", run.verifying);
  if (run.code) json["code"] = *run.code;
  put(json, "reason", run.reason);
  put(json, "message", run.message);
  put(json, "next", run.next);
  put(json, "failures", run.failures);
  put(json, "counted", run.counted);
  if (run.healthy) json["healthy"] = *run.healthy;
  put(json, "step", run.step);
  put(json, "progress", run.progress);
  put(json, "startedAt", run.started);
  put(json, "finishedAt", run.finished);
  put(json, "tookMs", run.took_ms);
  if (!run.questions.empty()) json["questions"] = run.questions;
  put(json, "expectAnswers", run.expect_answers);
  return json;
}

Json write(const ReportStatus& said) {
  Json json = {{"pod", said.pod},   {"uid", said.uid},       {"reportedBy", "pod"},
               {"code", said.code}, {"reason", said.reason}, {"heads", said.heads}};
  put(json, "finishedAt", said.finished);
  put(json, "attempt", said.attempt);
  if (said.verified) json["verified"] = *said.verified;
  return json;
}

Json write(const RevisionStatus& revision) {
  Json json = {{"id", revision.id},
               {"applied", report::is_applied(revision.answer)},
               {"contract", word(kAnswers, revision.answer)}};
  put_flag(json, "takenBack", revision.taken_back);
  return json;
}

Json write(const ConsumersStatus& consumers) {
  Json json = {{"counted", consumers.counted}, {"old", consumers.old}};
  put(json, "set", consumers.set);
  put(json, "since", consumers.since);
  if (!consumers.outside.empty()) json["outside"] = consumers.outside;
  return json;
}

Json write(const BackupStatus& backup) {
  Json json = {{"file", backup.file}, {"size", backup.size_bytes}, {"sha256", backup.sha256}};
  put(json, "job", backup.job);
  put(json, "finishedAt", backup.finished);
  return json;
}

Json write(const HandledStatus& handled) {
  Json json = Json::object();
  put(json, "retry", handled.retry);
  put(json, "cancel", handled.cancel);
  put(json, "approve", handled.approve);
  return json;
}

Json write(const HistoryEntry& entry) {
  Json json = {{"attempt", entry.attempt}, {"kind", word(kKinds, entry.kind)}, {"code", entry.code}};
  put(json, "job", entry.job);
  put(json, "id", entry.id);
  put(json, "reason", entry.reason);
  put(json, "target", entry.target);
  put(json, "applied", entry.applied);
  put(json, "startedAt", entry.started);
  put(json, "finishedAt", entry.finished);
  return json;
}

template <typename T>
void write_list(Json& json, const char* key, const std::vector<T>& list) {
  for (const T& each : list) json[key].push_back(write(each));
}

}  // namespace

Json to_json(const Status& status) {
  Json json = {{"observedGeneration", status.observed_generation}, {"heads", status.heads}};
  for (const Condition& each : status.conditions) json["conditions"].push_back(to_json(each));
  put(json, "database", status.database);
  put(json, "target", status.target);
  if (status.pending) json["pending"] = *status.pending;
  put(json, "contractPending", status.contract_pending);
  put(json, "contractPlan", status.contract_plan);
  put(json, "digest", status.digest);
  put(json, "imageID", status.image_id);
  if (status.plan) json["plan"] = write(*status.plan);
  if (status.run.attempt > 0) json["run"] = write(status.run);
  if (status.contract) json["contract"] = write(*status.contract);
  if (status.survey) json["survey"] = write(*status.survey);
  write_list(json, "reports", status.reports);
  write_list(json, "revisions", status.revisions);
  if (status.consumers) json["consumers"] = write(*status.consumers);
  if (status.backup) json["backup"] = write(*status.backup);
  if (status.handled != HandledStatus{}) json["handled"] = write(status.handled);
  write_list(json, "history", status.history);
  return json;
}

}  // namespace reconcile
