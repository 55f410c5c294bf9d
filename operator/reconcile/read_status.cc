#include "operator/reconcile/status.h"
#include "operator/reconcile/status_words.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;
using words::kAnswers, words::kKinds;

/// Reads fields of one object; a missing or foreign one leaves the value as it is.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json.is_object() ? json : Json::object()) {}
  void get(const char* key, std::string& out) const {
    if (json_.contains(key) && json_[key].is_string()) out = json_[key].get<std::string>();
  }
  void get(const char* key, bool& out) const {
    if (json_.contains(key) && json_[key].is_boolean()) out = json_[key].get<bool>();
  }
  void get(const char* key, std::int64_t& out) const {
    if (json_.contains(key) && json_[key].is_number_integer()) out = json_[key].get<std::int64_t>();
  }
  void get(const char* key, int& out) const {
    std::int64_t wide = out;
    get(key, wide);
    out = static_cast<int>(wide);
  }
  void get(const char* key, std::optional<int>& out) const {
    if (json_.contains(key) && json_[key].is_number_integer()) out = json_[key].get<int>();
  }
  void get(const char* key, std::optional<Time>& out) const {
    std::string text;
    get(key, text);
    out = parse_time(text);
  }
  void get(const char* key, std::optional<bool>& out) const {
    if (json_.contains(key) && json_[key].is_boolean()) out = json_[key].get<bool>();
  }
  template <typename E, std::size_t N>
  void get(const char* key, E& out, const std::pair<E, const char*> (&table)[N]) const {
    std::string text;
    get(key, text);
    for (const auto& [value, name] : table) {
      if (text == name) out = value;
    }
  }
  void get(const char* key, Kind& out) const { get(key, out, kKinds); }
  void get(const char* key, std::vector<std::string>& out) const {
    for (const Json& each : at(key)) {
      if (each.is_string()) out.push_back(each.get<std::string>());
    }
  }
  const Json& at(const char* key) const {
    static const Json kNothing;
    return json_.contains(key) ? json_[key] : kNothing;
  }

 private:
  const Json json_;
};

Condition read_condition(const Json& json) {
  const Reader in(json);
  Condition condition;
  std::optional<Time> since;
  in.get("type", condition.type);
  in.get("status", condition.status);
  in.get("observedGeneration", condition.observed_generation);
  in.get("lastTransitionTime", since);
  in.get("reason", condition.reason);
  in.get("message", condition.message);
  condition.last_transition = since.value_or(Time{});
  return condition;
}

RunStatus read_run(const Json& json) {
  const Reader in(json);
  RunStatus run;
  in.get("kind", run.kind);
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
  in.get("contradiction", run.contradiction);
  return run;
}

RevisionStatus read_revision(const Json& json) {
  const Reader in(json);
  RevisionStatus revision;
  in.get("id", revision.id);
  in.get("contract", revision.answer, kAnswers);
  in.get("takenBack", revision.taken_back);
  return revision;
}

ConsumersStatus read_consumers(const Json& json) {
  const Reader in(json);
  ConsumersStatus consumers;
  in.get("counted", consumers.counted);
  in.get("old", consumers.old);
  in.get("set", consumers.set);
  in.get("since", consumers.since);
  in.get("outside", consumers.outside);
  return consumers;
}

PlanStatus read_plan(const Json& json) {
  const Reader in(json);
  PlanStatus plan;
  in.get("hash", plan.hash);
  in.get("steps", plan.steps);
  in.get("destructive", plan.destructive);
  in.get("inputs", plan.inputs);
  return plan;
}

BackupStatus read_backup(const Json& json) {
  const Reader in(json);
  BackupStatus backup;
  in.get("file", backup.file);
  in.get("size", backup.size_bytes);
  in.get("sha256", backup.sha256);
  in.get("job", backup.job);
  in.get("finishedAt", backup.finished);
  return backup;
}

HistoryEntry read_history(const Json& json) {
  const Reader in(json);
  HistoryEntry entry;
  in.get("attempt", entry.attempt);
  in.get("kind", entry.kind);
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
  const Reader in(json);
  Status status;
  in.get("observedGeneration", status.observed_generation);
  for (const Json& each : in.at("conditions")) status.conditions.push_back(read_condition(each));
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
  for (const Json& each : in.at("revisions")) status.revisions.push_back(read_revision(each));
  if (in.at("consumers").is_object()) status.consumers = read_consumers(in.at("consumers"));
  if (in.at("backup").is_object()) status.backup = read_backup(in.at("backup"));
  const Reader handled(in.at("handled"));
  handled.get("retry", status.handled.retry);
  handled.get("cancel", status.handled.cancel);
  handled.get("approve", status.handled.approve);
  for (const Json& each : in.at("history")) status.history.push_back(read_history(each));
  return status;
}

}  // namespace reconcile
