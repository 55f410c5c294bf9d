#include "operator/kube/condition.h"

#include "operator/kube/fields.h"

namespace kube {

nlohmann::json to_json(const Condition& condition) {
  return {{"type", condition.type},
          {"status", condition.status},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", format_time(condition.last_transition)},
          {"reason", condition.reason},
          {"message", condition.message}};
}

Condition parse_condition(const nlohmann::json& json) {
  const Fields in(json);
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

const Condition* find(const std::vector<Condition>& conditions, const std::string& type) {
  for (const Condition& each : conditions) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

}  // namespace kube
