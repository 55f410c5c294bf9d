// tests/conformance/conditions/lua.h: runs a health script of Argo CD in a real Lua.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

struct Health {
  std::string status = {}, message = {};
  bool operator==(const Health&) const = default;
};

/// What the script returns for `object`; a script that fails throws std::runtime_error with Lua's own words.
Health run_health(const std::string& script_file, const nlohmann::json& object);
