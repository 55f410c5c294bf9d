#include "operator/rollout/status.h"

#include "operator/kube/api.h"

namespace rollout {
namespace {

using Json = nlohmann::json;

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}
void put(Json& json, const char* key, const std::optional<Time>& time) {
  if (time) json[key] = reconcile::format_time(*time);
}
void put(Json& json, const char* key, std::int64_t number) {
  if (number != 0) json[key] = number;
}
void put(Json& json, const char* key, const std::optional<Colour>& colour) {
  if (colour) json[key] = word(*colour);
}

Json write(const Sequence& sequence) {
  Json json = {{"number", sequence.number}, {"to", word(sequence.to)}, {"step", word(sequence.step)}};
  put(json, "id", sequence.id);
  put(json, "from", sequence.from);
  if (sequence.acted) json["acted"] = true;
  if (sequence.raised) json["raised"] = true;
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

Json write(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", reconcile::format_time(condition.last_transition)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

std::string text(const Json& json, const char* key) { return kube::text_at(json, std::string("/") + key); }

std::int64_t number(const Json& json, const char* key) {
  const Json& value = kube::value_at(json, std::string("/") + key);
  return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool flag(const Json& json, const char* key) { return kube::value_at(json, std::string("/") + key) == true; }

std::optional<Time> time(const Json& json, const char* key) { return reconcile::parse_time(text(json, key)); }

std::optional<Colour> colour(const Json& json, const char* key) {
  for (const Colour each : {Colour::kBlue, Colour::kGreen}) {
    if (text(json, key) == word(each)) return each;
  }
  return std::nullopt;
}

Json selector(const Json& json, const char* key) {
  const Json& value = kube::value_at(json, std::string("/") + key);
  return value.is_object() ? value : Json(nullptr);
}

Sequence read_sequence(const Json& json) {
  const std::optional<Step> step = parse_step(text(json, "step"));
  if (!step) return {};
  return {.number = static_cast<int>(number(json, "number")),
          .id = text(json, "id"),
          .from = colour(json, "from"),
          .to = colour(json, "to").value_or(Colour::kBlue),
          .step = *step,
          .acted = flag(json, "acted"),
          .raised = flag(json, "raised"),
          .template_hash = text(json, "template"),
          .generation = number(json, "generation"),
          .replicas = static_cast<int>(number(json, "replicas")),
          .old_selector = selector(json, "oldSelector"),
          .job = text(json, "job"),
          .attempt = static_cast<int>(number(json, "attempt")),
          .failed_step = parse_step(text(json, "failedStep")),
          .reason = text(json, "reason"),
          .message = text(json, "message"),
          .started = time(json, "startedAt"),
          .step_started = time(json, "stepStartedAt"),
          .finished = time(json, "finishedAt")};
}

HistoryEntry read_history(const Json& json) {
  return {.number = static_cast<int>(number(json, "number")),
          .id = text(json, "id"),
          .to = text(json, "to"),
          .outcome = text(json, "outcome"),
          .reason = text(json, "reason"),
          .started = time(json, "startedAt"),
          .finished = time(json, "finishedAt")};
}

Condition read_condition(const Json& json) {
  return {.type = text(json, "type"),
          .status = text(json, "status"),
          .observed_generation = number(json, "observedGeneration"),
          .last_transition = time(json, "lastTransitionTime").value_or(Time{}),
          .reason = text(json, "reason"),
          .message = text(json, "message")};
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
  for (const Condition& each : status.conditions) json["conditions"].push_back(write(each));
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
  Status status;
  const Json& generation = kube::value_at(json, "/observedGeneration");
  if (generation.is_number_integer()) status.observed_generation = generation.get<std::int64_t>();
  for (const Json& each : kube::value_at(json, "/conditions")) {
    status.conditions.push_back(read_condition(each));
  }
  status.active = colour(json, "active");
  status.active_template = text(json, "activeTemplate");
  status.selector = selector(json, "selector");
  status.migration = read_permission(text(json, "migration"));
  status.sequence = read_sequence(kube::value_at(json, "/sequence"));
  const Json& handled = kube::value_at(json, "/handled");
  status.handled = {text(handled, "retry"), text(handled, "abort"), text(handled, "approve")};
  for (const Json& each : kube::value_at(json, "/history")) status.history.push_back(read_history(each));
  return status;
}

}  // namespace rollout
