#include "tests/support/port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>

namespace support {
namespace {

constexpr int kFirst = 20000, kLast = 32000;
constexpr int kTries = 1000;
constexpr const char* kFolder = "/tmp/sluice-test-ports";

/// Held until the process ends: the descriptor is left open on purpose.
bool lock(int port) {
  const std::string path = std::string(kFolder) + "/" + std::to_string(port);
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return false;
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return true;
  ::close(file);
  return false;
}

bool can_be_bound(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return bound;
}

}  // namespace

int free_port() {
  static std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> any(kFirst, kLast);
  ::mkdir(kFolder, 0777);
  ::chmod(kFolder, 01777);
  for (int i = 0; i < kTries; ++i) {
    const int port = any(random);
    if (lock(port) && can_be_bound(port)) return port;
  }
  throw std::runtime_error("no free port between " + std::to_string(kFirst) + " and " + std::to_string(kLast));
}

}  // namespace support
