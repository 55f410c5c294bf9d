#include "operator/reconcile/status.h"

#include <ctime>

namespace reconcile {

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

const Condition* find(const std::vector<Condition>& conditions, const std::string& type) {
  for (const Condition& each : conditions) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

std::optional<report::Answer> answer_about(const Status& status, const std::string& id) {
  for (const RevisionStatus& each : status.revisions) {
    if (each.id == id) return each.answer;
  }
  return std::nullopt;
}

}  // namespace reconcile
