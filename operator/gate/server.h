// operator/gate/server.h: an HTTP listener that no client can hold up.
#pragma once
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "operator/gate/http.h"
#include "operator/gate/rates.h"

namespace gate {

struct Limits {
  std::size_t header_bytes = 8 * 1024;        // more: 431
  std::size_t body_bytes = 64 * 1024;         // more: 413
  std::chrono::milliseconds request{10'000};  // from its first byte, or from connecting, to its last: else closed
  std::chrono::milliseconds answer{10'000};   // until the client has taken it
  std::chrono::milliseconds idle{60'000};     // between the requests of a connection
  std::size_t connections = 256;              // at once; more are closed unheard
  std::size_t connections_each = 32;          // of one client address (IPv6: of one /64)
  Rate each_client{100}, all{500};            // requests; more: 429
};

/// One request was answered: the status, and the time from its last header to the last byte sent.
using OnAnswer = std::function<void(int status, std::chrono::steady_clock::duration)>;

struct ServerOptions {
  Limits limits = {};
  std::string tls_certificate_file = {}, tls_key_file = {};  // both or none: plain HTTP
  OnAnswer on_answer = {};                                   // runs on the listener's thread
};

/// Listens from construction to destruction on "HOST:PORT" (":8080": every address, IPv6 too where there is any), on a
/// thread of its own. HTTP/1.1 with keep-alive. PermanentError (kUsage): not an address, or taken, or a certificate
/// that can't be used.
class Server {
 public:
  Server(const std::string& address, Handler, ServerOptions);
  ~Server();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gate
