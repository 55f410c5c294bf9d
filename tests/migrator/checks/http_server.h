// An HTTP server for tests, of Python's standard library: real sockets, real TLS.
#pragma once
#include <memory>
#include <string>

#include "tests/support/postgres_server.h"

namespace checks {

class HttpServer {
 public:
  enum class Kind { kPlain, kTls };
  explicit HttpServer(Kind = Kind::kPlain);
  /// Paths: /ok 200, /missing 404, /redirect 302 to /ok, /header 200 only with X-Test: yes, /flaky 503 at first and
  /// then 200, /silent never an answer, /drip one byte of the head a second.
  std::string url(const std::string& path) const;
  std::string ca_file() const { return folder_.path() + "/server.crt"; }
  int port() const { return port_; }

 private:
  support::TemporaryFolder folder_;
  std::unique_ptr<support::Program> program_;
  Kind kind_;
  int port_ = 0;
};

}  // namespace checks
