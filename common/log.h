// common/log.h: structured logs on stderr: a constant event and fields, one JSON object per line.
#pragma once
#include <nlohmann/json.hpp>
#include <string_view>

namespace logging {

enum class Level { kDebug, kInfo, kWarning, kError };

/// Lines below `level` are dropped. Default: kInfo. Call before threads start.
void set_level(Level level);

/// {"event":event,"level":…,"time":…,…fields}. Thread-safe. `fields` never holds a secret or row data.
void debug(std::string_view event, const nlohmann::json& fields = nlohmann::json::object());
void info(std::string_view event, const nlohmann::json& fields = nlohmann::json::object());
void warning(std::string_view event, const nlohmann::json& fields = nlohmann::json::object());
void error(std::string_view event, const nlohmann::json& fields = nlohmann::json::object());

}  // namespace logging
