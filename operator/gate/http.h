// operator/gate/http.h: one request and what is answered, without how they travel.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace gate {

struct Request {
  std::string method = "GET";
  std::string target = {};         // path and query as sent, still percent-encoded: may hold a token, never logged
  std::string authorization = {};  // the header; empty: absent
  std::string body = {};
};

struct Answer {
  int status = 200;
  std::string body = {};
  std::string content_type = "text/plain; charset=utf-8";
  std::map<std::string, std::string> headers = {};  // besides type and length
};

/// What a listener asks for each request. Runs on the listener's one thread: must be quick. What it throws becomes 500.
using Handler = std::function<Answer(const Request&)>;

/// Path ("/healthz") → what to answer to GET and HEAD.
using Routes = std::map<std::string, std::function<Answer()>>;

/// Answers by `routes`, whatever the query. Unknown paths: 404; other methods than GET and HEAD: 405.
Handler serve(Routes routes);

}  // namespace gate
