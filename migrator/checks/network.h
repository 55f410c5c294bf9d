// migrator/checks/network.h: names to addresses within a time limit. Private to this folder.
#pragma once
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "migrator/checks/attempt.h"

namespace checks {

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;
};

struct Resolved {
  std::vector<Address> addresses = {};
  Failure failure = {};  // none: addresses holds at least one
};

/// Whether the socket was ready for `events` (as poll's) within the limit.
bool wait_for(int socket, short events, const Limit&);

/// getaddrinfo on a thread of its own, left to itself when it isn't done in time: a name server that doesn't answer
/// would hold us for its own time-outs.
Resolved resolve(const std::string& host, const std::string& port, const Limit&);

/// A connected, non-blocking socket, or why not. Tries the addresses in order.
struct Connected {
  int socket = -1;  // the caller closes it; -1: see failure
  Failure failure = {};
};
Connected connect_to(const std::string& host, const std::string& port, const Limit&);

}  // namespace checks
