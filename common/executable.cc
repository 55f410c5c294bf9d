#include "common/executable.h"

#include <unistd.h>

#include <array>
#include <climits>

std::string executable_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length <= 0 ? "" : std::string(path.data(), static_cast<std::size_t>(length));
}

std::string beside_executable(const std::string& name) {
  const std::string path = executable_path();
  return path.empty() ? "" : path.substr(0, path.rfind('/') + 1) + name;
}
