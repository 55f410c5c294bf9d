#include "operator/rollout/status.h"

#include "operator/kube/fields.h"

namespace rollout {
namespace {

using Json = nlohmann::json;
using kube::Fields;
using kube::put, kube::put_flag;

/// An empty field is left out.
void put(Json& json, const char* key, const std::optional<Colour>& colour) {
  if (colour) json[key] = word(*colour);
}

Json write(const Sequence& sequence) {
  Json json = {{"number", sequence.number}, {"to", word(sequence.to)}, {"step", word(sequence.step)}};
  put(json, "id", sequence.id);
  put(json, "from", sequence.from);
  put_flag(json, "acted", sequence.acted);
  put_flag(json, "raised", sequence.raised);
  put(json, "template", sequence.template_hash);
  put(json, "generation", sequence.generation);
  put(json, "replicas", static_cast<std::int64_t>(sequence.replicas));
  if (sequence.old_selector.is_object()) json["oldSelector"] = sequence.old_selector;
  put(json, "job", sequence.job);
  put(json, "attempt", static_cast<std::int64_t>(sequence.attempt));
  if (sequence.failed_step) json["failedStep"] = word(*sequence.failed_step);
  put(json, "reason", sequence.reason);
  put(json, "message", sequence.message);
  put(json, "startedAt", sequence.started);
  put(json, "stepStartedAt", sequence.step_started);
  put(json, "finishedAt", sequence.finished);
  return json;
}

Json write(const Handled& handled) {
  Json json = Json::object();
  put(json, "retry", handled.retry);
  put(json, "abort", handled.abort);
  put(json, "approve", handled.approve);
  return json;
}

Json write(const HistoryEntry& entry) {
  Json json = {{"number", entry.number}, {"to", entry.to}, {"outcome", entry.outcome}};
  put(json, "id", entry.id);
  put(json, "reason", entry.reason);
  put(json, "startedAt", entry.started);
  put(json, "finishedAt", entry.finished);
  return json;
}

std::string text(const Fields& in, const char* key) {
  std::string text;
  in.get(key, text);
  return text;
}

std::optional<Colour> colour(const Fields& in, const char* key) {
  for (const Colour each : {Colour::kBlue, Colour::kGreen}) {
    if (text(in, key) == word(each)) return each;
  }
  return std::nullopt;
}

Json selector(const Fields& in, const char* key) { return in.at(key).is_object() ? in.at(key) : Json(nullptr); }

Sequence read_sequence(const Json& json) {
  const Fields in(json);
  const std::optional<Step> step = parse_step(text(in, "step"));
  if (!step) return {};
  Sequence sequence{.from = colour(in, "from"),
                    .to = colour(in, "to").value_or(Colour::kBlue),
                    .step = *step,
                    .old_selector = selector(in, "oldSelector"),
                    .failed_step = parse_step(text(in, "failedStep"))};
  in.get("number", sequence.number);
  in.get("id", sequence.id);
  in.get("acted", sequence.acted);
  in.get("raised", sequence.raised);
  in.get("template", sequence.template_hash);
  in.get("generation", sequence.generation);
  in.get("replicas", sequence.replicas);
  in.get("job", sequence.job);
  in.get("attempt", sequence.attempt);
  in.get("reason", sequence.reason);
  in.get("message", sequence.message);
  in.get("startedAt", sequence.started);
  in.get("stepStartedAt", sequence.step_started);
  in.get("finishedAt", sequence.finished);
  return sequence;
}

HistoryEntry read_history(const Json& json) {
  const Fields in(json);
  HistoryEntry entry;
  in.get("number", entry.number);
  in.get("id", entry.id);
  in.get("to", entry.to);
  in.get("outcome", entry.outcome);
  in.get("reason", entry.reason);
  in.get("startedAt", entry.started);
  in.get("finishedAt", entry.finished);
  return entry;
}

Handled read_handled(const Json& json) {
  const Fields in(json);
  return {.retry = text(in, "retry"), .abort = text(in, "abort"), .approve = text(in, "approve")};
}

std::optional<Permission> read_permission(const std::string& text) {
  for (const Permission each : {Permission::kHeld, Permission::kExpand, Permission::kContract}) {
    if (text == word(each)) return each;
  }
  return std::nullopt;
}

}  // namespace

std::string word(Permission permission) {
  if (permission == Permission::kExpand) return "Expand";
  return permission == Permission::kContract ? "Contract" : "Held";
}

Json to_json(const Status& status) {
  Json json = {{"observedGeneration", status.observed_generation}};
  for (const Condition& each : status.conditions) json["conditions"].push_back(kube::to_json(each));
  put(json, "active", status.active);
  put(json, "activeTemplate", status.active_template);
  if (status.selector.is_object()) json["selector"] = status.selector;
  if (status.migration) json["migration"] = word(*status.migration);
  if (status.sequence.number > 0) json["sequence"] = write(status.sequence);
  if (status.handled != Handled{}) json["handled"] = write(status.handled);
  for (const HistoryEntry& each : status.history) json["history"].push_back(write(each));
  return json;
}

Status parse_status(const Json& json) {
  const Fields in(json);
  Status status{.active = colour(in, "active"),
                .selector = selector(in, "selector"),
                .migration = read_permission(text(in, "migration")),
                .sequence = read_sequence(in.at("sequence")),
                .handled = read_handled(in.at("handled"))};
  in.get("observedGeneration", status.observed_generation);
  in.get("activeTemplate", status.active_template);
  for (const Json& each : in.at("conditions")) status.conditions.push_back(kube::parse_condition(each));
  for (const Json& each : in.at("history")) status.history.push_back(read_history(each));
  return status;
}

}  // namespace rollout
