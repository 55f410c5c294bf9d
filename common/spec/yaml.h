// common/spec/yaml.h: YAML as JSON, as the API server would make of it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/spec/spec.h"

namespace spec {

/// The document in `text`; among several, the one DatabaseMigration. What is wrong goes to `problems`: no YAML, a key
/// twice, too large or deep, not exactly one such document. Never throws for bad input.
nlohmann::json yaml_to_json(const std::string& text, std::vector<Problem>& problems);

}  // namespace spec
