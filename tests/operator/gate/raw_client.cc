#include "tests/operator/gate/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

RawClient::RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("can't connect");
  }
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::send(const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t size = ::send(socket_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return false;
    sent += static_cast<std::size_t>(size);
  }
  return true;
}

void RawClient::end() { ::shutdown(socket_, SHUT_WR); }

std::string RawClient::read_some() {
  char chunk[4096];
  const ssize_t size = ::recv(socket_, chunk, sizeof chunk, 0);
  if (size < 0 && errno != ECONNRESET) throw std::runtime_error("nothing came within 60 s");
  return size <= 0 ? "" : std::string(chunk, static_cast<std::size_t>(size));
}

std::string RawClient::read_to_end() {
  for (std::string chunk = read_some(); !chunk.empty(); chunk = read_some()) received_ += chunk;
  return std::move(received_);
}

bool RawClient::read_until(const std::string& text) {
  while (received_.find(text) == std::string::npos) {
    const std::string chunk = read_some();
    if (chunk.empty()) return false;
    received_ += chunk;
  }
  return true;
}
