#include "common/failpoint.h"

#ifdef SLUICE_FAILPOINTS
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <string>

namespace failpoint {
namespace {

enum class Act { kKill, kPause };
struct Point {
  int at_pass = 1;
  Act act = Act::kKill;
  int passes = 0;
};

std::map<std::string, Point> parse(const char* text) {
  std::map<std::string, Point> points;
  std::stringstream list(text == nullptr ? "" : text);
  for (std::string item; std::getline(list, item, ',');) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) continue;
    std::string name = item.substr(0, equals);
    Point point;
    point.act = item.substr(equals + 1) == "pause" ? Act::kPause : Act::kKill;
    if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
      point.at_pass = std::stoi(name.substr(colon + 1));
      name.resize(colon);
    }
    points[name] = point;
  }
  return points;
}

void pause() {
  const char* file = std::getenv("SLUICE_FAILPOINT_FILE");
  if (file == nullptr) return;
  ::close(::open(file, O_CREAT | O_WRONLY, 0600));
  while (::access(file, F_OK) == 0) ::usleep(10000);
}

}  // namespace

void reach(const char* name) {
  static std::mutex mutex;
  static std::map<std::string, Point> points = parse(std::getenv("SLUICE_FAILPOINT"));
  Act act{};
  {
    const std::lock_guard<std::mutex> hold(mutex);
    const auto found = points.find(name);
    if (found == points.end() || ++found->second.passes != found->second.at_pass) return;
    act = found->second.act;
  }
  if (act == Act::kPause) return pause();
  ::raise(SIGKILL);
}

}  // namespace failpoint
#endif
