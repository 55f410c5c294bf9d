#include "common/executable.h"

#include <sys/auxv.h>
#include <unistd.h>

#include <array>
#include <climits>

std::string executable_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length > 0) return std::string(path.data(), static_cast<std::size_t>(length));
  // Without /proc: the path it was started by, where that is a whole one.
  const auto* const started_by = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
  return started_by != nullptr && *started_by == '/' ? started_by : "";
}

std::string beside_executable(const std::string& name) {
  const std::string path = executable_path();
  return path.empty() ? "" : path.substr(0, path.rfind('/') + 1) + name;
}
