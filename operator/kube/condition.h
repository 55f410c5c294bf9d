// operator/kube/condition.h: one entry of `status.conditions` (metav1.Condition).
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "operator/kube/time.h"

namespace kube {

struct Condition {
  std::string type = {};
  std::string status = {};  // True, False, Unknown
  std::int64_t observed_generation = 0;
  Time last_transition{};
  std::string reason = {};  // one CamelCase word
  std::string message = {};
  bool operator==(const Condition&) const = default;
};

nlohmann::json to_json(const Condition&);
/// Whatever can be read of it: a field of another shape reads as if it weren't there.
Condition parse_condition(const nlohmann::json&);

/// The condition of that type; null: absent.
const Condition* find(const std::vector<Condition>&, const std::string& type);

}  // namespace kube
