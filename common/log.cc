#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>
#include <string>

namespace logging {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(millis));
  return text;
}

void write(spdlog::level::level_enum level, std::string_view name, std::string_view event,
           const nlohmann::json& fields) {
  if (!logger().should_log(level)) return;
  nlohmann::ordered_json line;
  line["time"] = now_text();
  line["level"] = name;
  line["event"] = event;
  for (const auto& [key, value] : fields.items()) line[key] = value;
  logger().log(level, "{}", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void set_level(Level level) {
  switch (level) {
    case Level::kDebug:
      return logger().set_level(spdlog::level::debug);
    case Level::kInfo:
      return logger().set_level(spdlog::level::info);
    case Level::kWarning:
      return logger().set_level(spdlog::level::warn);
    case Level::kError:
      return logger().set_level(spdlog::level::err);
  }
}

void debug(std::string_view event, const nlohmann::json& fields) {
  write(spdlog::level::debug, "debug", event, fields);
}
void info(std::string_view event, const nlohmann::json& fields) { write(spdlog::level::info, "info", event, fields); }
void warning(std::string_view event, const nlohmann::json& fields) {
  write(spdlog::level::warn, "warning", event, fields);
}
void error(std::string_view event, const nlohmann::json& fields) { write(spdlog::level::err, "error", event, fields); }

}  // namespace logging
