#include "migrator/checks/network.h"

#include <netdb.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>

namespace checks {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPoll{50};  // how soon a cancel is noticed

/// Shared with the thread, which may outlive the attempt.
struct Lookup {
  std::mutex mutex = {};
  std::condition_variable changed = {};
  bool done = false;
  Resolved result = {};
};

Resolved look_up(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  Resolved result;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) {
    result.failure = "can't resolve " + host + ": " + ::gai_strerror(error);
    return result;
  }
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    Address& address = result.addresses.emplace_back();
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
    address.length = each->ai_addrlen;
  }
  ::freeaddrinfo(list);
  return result;
}

/// 0, or the error; ETIMEDOUT at the limit.
int wait_until_connected(int socket, const Limit& limit) {
  if (!wait_for(socket, POLLOUT, limit)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

milliseconds Limit::left() const {
  const auto rest = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(rest, milliseconds(0));
}

bool wait_for(int socket, short events, const Limit& limit) {
  while (!limit.is_over()) {
    pollfd ready{socket, events, 0};
    if (::poll(&ready, 1, static_cast<int>(std::min(kPoll, limit.left()).count())) > 0) return true;
  }
  return false;
}

Resolved resolve(const std::string& host, const std::string& port, const Limit& limit) {
  const std::shared_ptr<Lookup> lookup = std::make_shared<Lookup>();
  std::thread([lookup, host, port] {
    Resolved result = look_up(host, port);
    const std::lock_guard<std::mutex> hold(lookup->mutex);
    lookup->result = std::move(result);
    lookup->done = true;
    lookup->changed.notify_all();
  }).detach();
  std::unique_lock<std::mutex> hold(lookup->mutex);
  while (!lookup->done && !limit.is_over()) lookup->changed.wait_for(hold, std::min(kPoll, limit.left()));
  if (!lookup->done) return {.addresses = {}, .failure = "no answer to the look-up of " + host + " in time"};
  return lookup->result;
}

Connected connect_to(const std::string& host, const std::string& port, const Limit& limit) {
  const Resolved found = resolve(host, port, limit);
  if (found.failure) return {.socket = -1, .failure = found.failure};
  int error = ETIMEDOUT;
  for (const Address& address : found.addresses) {
    const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) {
      error = errno;
      continue;
    }
    error = 0;
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0)
      error = errno == EINPROGRESS ? wait_until_connected(socket, limit) : errno;
    if (error == 0) return {.socket = socket, .failure = {}};
    ::close(socket);
    if (limit.is_over()) break;
  }
  const std::string why = error == ETIMEDOUT ? "no answer in time" : std::strerror(error);
  return {.socket = -1, .failure = "can't connect to " + host + " port " + port + ": " + why};
}

Failure attempt_tcp(const spec::TcpCheck& check, const Limit& limit) {
  const Connected connected = connect_to(check.host, std::to_string(check.port), limit);
  if (connected.socket >= 0) ::close(connected.socket);
  return connected.failure;
}

}  // namespace checks
