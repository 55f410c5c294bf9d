// operator/kube/http.h: HTTPS to one server, with our credentials; hides cpprestsdk.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "operator/kube/config.h"
#include "operator/kube/translate.h"

namespace kube {

struct Request {
  std::string method = "GET";
  std::string path = {};
  std::vector<std::pair<std::string, std::string>> query = {};  // values not yet encoded
  std::string body = {};
  std::string content_type = "application/json";
  std::string accept = "application/json";
  Access access() const { return method == "GET" ? Access::kRead : Access::kWrite; }
};

struct Response {
  int status = 0;
  std::string body = {};
  std::optional<std::chrono::seconds> retry_after = {};
};

/// Keeps connections alive. Thread-safe. Errors: rethrow_translated's; any status is a value.
class Http {
 public:
  /// `idle`: how long nothing may arrive; cpprestsdk starts its timer anew with each piece received.
  Http(const Config&, std::chrono::seconds idle);
  ~Http();

  /// `stop` ends it: TransientError, and InDoubtError of a write.
  Response send(const Request&, std::stop_token stop = {});
  /// With status 200 `on_open` is called, then each line of the body is handed over as it comes, until the server ends
  /// it, nothing came for `idle`, or `stop` is requested; with any other as send().
  Response stream(const Request&, const std::function<void()>& on_open,
                  const std::function<void(const std::string&)>& on_line, std::stop_token stop);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where every server's authority stands in its Config: cpprestsdk reads the system's authorities for each connection
/// before ours take their place, which costs 25 ms of processor each. Once, before the first Http; sets SSL_CERT_FILE.
void pass_over_system_authorities();

/// How many threads cpprestsdk keeps for all clients and listeners. Once, before the first Http.
void start_io_threads(int count);

}  // namespace kube
