#include "operator/kube/time.h"

#include <ctime>

namespace kube {

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

}  // namespace kube
