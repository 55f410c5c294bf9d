#include "operator/gate/server.h"

#include <cpprest/http_listener.h>

#include "common/error.h"
#include "common/log.h"
#include "operator/kube/translate.h"

namespace gate {
namespace {

using web::http::experimental::listener::http_listener;

std::string listener_uri(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (port.empty() || port.find_first_not_of("0123456789") != std::string::npos || port.size() > 5) {
    throw PermanentError("not an address HOST:PORT: " + address, report::ExitCode::kUsage);
  }
  const std::string host = address.substr(0, colon);
  return "http://" + (host.empty() ? "0.0.0.0" : host) + ":" + port + "/";
}

Answer answer(const Routes& routes, const web::http::http_request& request) {
  if (request.method() != "GET" && request.method() != "HEAD") return {405, "only GET\n"};
  const auto route = routes.find(request.relative_uri().path());
  if (route == routes.end()) return {404, "not found\n"};
  return route->second();
}

void handle(const Routes& routes, const web::http::http_request& request) {
  Answer made = answer(routes, request);
  web::http::http_response response(static_cast<web::http::status_code>(made.status));
  if (request.method() == "HEAD") made.body.clear();
  response.set_body(std::move(made.body), made.content_type);
  // A peer that went away is no concern of ours; an exception nobody looks at would end the process.
  request.reply(response).then([](const pplx::task<void>& sent) {
    try {
      sent.get();
    } catch (const std::exception&) {
      logging::debug("answer not sent");
    }
  });
}

}  // namespace

struct Server::Impl {
  Impl(const std::string& uri, Routes given) : routes(std::move(given)), listener(web::uri(uri)) {
    listener.support([this](const web::http::http_request& request) { handle(routes, request); });
  }
  Routes routes;
  http_listener listener;
};

Server::Server(const std::string& address, Routes routes) {
  const std::string uri = listener_uri(address);
  try {
    impl_ = std::make_unique<Impl>(uri, std::move(routes));
    impl_->listener.open().wait();
  } catch (...) {
    try {
      kube::rethrow_translated("listen on " + address, kube::Access::kRead);
    } catch (const TransientError& error) {
      throw PermanentError(error.what(), report::ExitCode::kUsage);
    }
  }
}

Server::~Server() {
  try {
    impl_->listener.close().wait();
  } catch (const std::exception& error) {
    logging::warning("listener not closed", {{"why", error.what()}});
  }
}

}  // namespace gate
