#include "operator/reconcile/status.h"

#include <ctime>

namespace reconcile {
namespace {

using Json = nlohmann::json;

constexpr const char* word(Kind kind) { return kind == Kind::kPlan ? "Plan" : "Run"; }

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}
void put(Json& json, const char* key, const std::optional<Time>& time) {
  if (time) json[key] = format_time(*time);
}
void put(Json& json, const char* key, std::int64_t number) {
  if (number != 0) json[key] = number;
}
void put_flag(Json& json, const char* key, bool flag) {
  if (flag) json[key] = true;
}

Json write(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", format_time(condition.last_transition)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

Json write(const PlanStatus& plan) {
  Json json = {{"hash", plan.hash}, {"steps", plan.steps}, {"destructive", plan.destructive}};
  put(json, "inputs", plan.inputs);
  return json;
}

Json write(const RunStatus& run) {
  Json json = {{"kind", word(run.kind)}, {"attempt", run.attempt}};
  put(json, "id", run.id);
  put(json, "job", run.job);
  put(json, "inputs", run.inputs);
  put(json, "spec", run.spec);
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
  Json json = {{"attempt", entry.attempt}, {"kind", word(entry.kind)}, {"code", entry.code}};
  put(json, "job", entry.job);
  put(json, "id", entry.id);
  put(json, "reason", entry.reason);
  put(json, "target", entry.target);
  put(json, "applied", entry.applied);
  put(json, "startedAt", entry.started);
  put(json, "finishedAt", entry.finished);
  return json;
}

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
  void get(const char* key, Kind& out) const {
    std::string text;
    get(key, text);
    out = text == "Plan" ? Kind::kPlan : Kind::kRun;
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
  return run;
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

template <typename T>
void write_list(Json& json, const char* key, const std::vector<T>& list) {
  for (const T& each : list) json[key].push_back(write(each));
}

}  // namespace

std::string format_time(Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::optional<Time> parse_time(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!end || (*end != 'Z' && *end != '.')) return std::nullopt;
  return Time(std::chrono::seconds(timegm(&parts)));
}

Json to_json(const Status& status) {
  Json json = {{"observedGeneration", status.observed_generation}, {"heads", status.heads}};
  write_list(json, "conditions", status.conditions);
  put(json, "target", status.target);
  if (status.pending) json["pending"] = *status.pending;
  put(json, "contractPending", status.contract_pending);
  put(json, "digest", status.digest);
  put(json, "imageID", status.image_id);
  if (status.plan) json["plan"] = write(*status.plan);
  if (status.run.attempt > 0) json["run"] = write(status.run);
  if (status.backup) json["backup"] = write(*status.backup);
  if (status.handled != HandledStatus{}) json["handled"] = write(status.handled);
  write_list(json, "history", status.history);
  return json;
}

Status parse_status(const Json& json) {
  const Reader in(json);
  Status status;
  in.get("observedGeneration", status.observed_generation);
  for (const Json& each : in.at("conditions")) status.conditions.push_back(read_condition(each));
  for (const Json& each : in.at("heads")) {
    if (each.is_string()) status.heads.push_back(each.get<std::string>());
  }
  in.get("target", status.target);
  in.get("pending", status.pending);
  in.get("contractPending", status.contract_pending);
  in.get("digest", status.digest);
  in.get("imageID", status.image_id);
  if (in.at("plan").is_object()) status.plan = read_plan(in.at("plan"));
  status.run = read_run(in.at("run"));
  if (in.at("backup").is_object()) status.backup = read_backup(in.at("backup"));
  const Reader handled(in.at("handled"));
  handled.get("retry", status.handled.retry);
  handled.get("cancel", status.handled.cancel);
  handled.get("approve", status.handled.approve);
  for (const Json& each : in.at("history")) status.history.push_back(read_history(each));
  return status;
}

const Condition* find(const std::vector<Condition>& conditions, const std::string& type) {
  for (const Condition& each : conditions) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

}  // namespace reconcile
