// The one file that includes Boost.Beast.
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>

#include "common/certificates.h"
#include "migrator/checks/attempt.h"
#include "migrator/checks/get.h"
#include "migrator/checks/network.h"
#include "migrator/checks/url.h"

namespace checks {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Error = boost::system::error_code;
using Request = http::request<http::empty_body>;

Request make_request(const Url& url, const Get& get) {
  Request request(http::verb::get, url.target, 11);
  request.set(http::field::host, url.host_header);
  request.set(http::field::user_agent, "sluice");
  request.set(http::field::accept, "*/*");
  for (const auto& [name, value] : get.headers) request.set(name, value);
  request.set(http::field::connection, "close");
  return request;
}

/// Runs the handlers of `io` until `done` or the limit. The descriptors are closed by the caller's destructors.
bool run_until(asio::io_context& io, const bool& done, const Limit& limit) {
  while (!done && !limit.is_over())
    if (io.run_for(std::min(std::chrono::milliseconds(50), limit.left())) == 0 && io.stopped()) break;
  return done;
}

std::string out_of_time(const Url& url, const Limit& limit) {
  return url.shown + (limit.cancelled && limit.cancelled() ? ": cancelled" : ": no answer in time");
}

/// Sends the request and reads the answer: its head alone where the body is of no interest.
template <typename Stream>
Got ask(Stream& stream, asio::io_context& io, const Url& url, const Get& get, const Limit& limit) {
  const Request request = make_request(url, get);
  boost::beast::flat_buffer buffer(65536);
  http::response_parser<http::string_body> parser;
  parser.skip(get.most_body_bytes == 0);
  parser.body_limit(get.most_body_bytes);
  bool done = false;
  Error error;
  const auto end = [&](const Error& read, std::size_t) {
    error = read;
    done = true;
  };
  http::async_write(stream, request, [&](const Error& wrote, std::size_t) {
    error = wrote;
    done = bool(wrote);
    if (done) return;
    if (get.most_body_bytes == 0)
      http::async_read_header(stream, buffer, parser, end);
    else
      http::async_read(stream, buffer, parser, end);
  });
  if (!run_until(io, done, limit)) return out_of_time(url, limit);
  if (error) return url.shown + ": " + error.message();
  return Answer{.status = static_cast<int>(parser.get().result_int()), .body = parser.get().body()};
}

Got ask_over_tls(asio::ip::tcp::socket socket, asio::io_context& io, const Url& url, const Get& get,
                 const Limit& limit) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  const std::string trusted = get.ca_file.empty() ? trusted_certificates() : get.ca_file;
  Error error;
  if (!trusted.empty()) context.load_verify_file(trusted, error);
  if (trusted.empty() || error)
    return url.shown + ": no CA certificates to check it with" +
           (trusted.empty() ? "" : " can be read from " + trusted);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
  const bool is_name = url.host.find_first_not_of("0123456789.:abcdefABCDEF") != std::string::npos;
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  bool done = false;
  stream.async_handshake(asio::ssl::stream_base::client, [&](const Error& shaken) {
    error = shaken;
    done = true;
  });
  if (!run_until(io, done, limit)) return out_of_time(url, limit);
  if (error) return url.shown + ": TLS: " + error.message();
  io.restart();
  return ask(stream, io, url, get, limit);
}

}  // namespace

Got get(const Get& request, const Limit& limit) {
  const std::optional<Url> url = parse_url(request.url);
  if (!url)
    return std::string("not a URL of the form http(s)://host[:port]/path (user and password belong into a header)");
  const Connected connected = connect_to(url->host, url->port, limit);
  if (connected.failure) return url->shown + ": " + *connected.failure;
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  ::getpeername(connected.socket, reinterpret_cast<sockaddr*>(&peer), &length);
  asio::io_context io(1);
  asio::ip::tcp::socket socket(io, peer.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                               connected.socket);
  if (url->tls) return ask_over_tls(std::move(socket), io, *url, request, limit);
  return ask(socket, io, *url, request, limit);
}

Failure attempt_http(const spec::HttpCheck& check, const std::string& ca_file, const Limit& limit) {
  const Got got = get({.url = check.url, .headers = check.headers, .ca_file = ca_file}, limit);
  if (const std::string* failure = std::get_if<std::string>(&got)) return *failure;
  const int status = std::get<Answer>(got).status;
  if (status == check.status) return std::nullopt;
  const std::optional<Url> url = parse_url(check.url);
  return url->shown + ": status " + std::to_string(status) + ", expected " + std::to_string(check.status);
}

}  // namespace checks
