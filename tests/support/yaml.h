// tests/support/yaml.h: objects of the API as YAML, and back.
#pragma once
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <string>

/// Keys in alphabetical order, texts quoted where YAML would take them for something else.
std::string to_yaml(const nlohmann::json&);
/// Plain scalars as YAML 1.2 reads them: null, true, false, integers; quoted ones are texts.
nlohmann::json from_yaml(const YAML::Node&);
