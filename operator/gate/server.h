// operator/gate/server.h: the operator's HTTP port.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gate {

struct Answer {
  int status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
};

/// Path ("/healthz") → what to answer to GET and HEAD. Called from the listener's threads, several at once: must be
/// quick.
using Routes = std::map<std::string, std::function<Answer()>>;

/// Listens from construction to destruction on "HOST:PORT" (":8080": every address). Unknown paths: 404; other methods:
/// 405. Plain HTTP. PermanentError (kUsage): not an address, or taken.
class Server {
 public:
  Server(const std::string& address, Routes);
  ~Server();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gate
