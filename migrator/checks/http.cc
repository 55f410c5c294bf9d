// The one file that includes Boost.Beast.
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <memory>

#include "common/executable.h"
#include "migrator/checks/attempt.h"
#include "migrator/checks/network.h"
#include "migrator/checks/url.h"

namespace checks {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Error = boost::system::error_code;
using Request = http::request<http::empty_body>;

Request make_request(const Url& url, const spec::HttpCheck& check) {
  Request request(http::verb::get, url.target, 11);
  request.set(http::field::host, url.host_header);
  request.set(http::field::user_agent, "sluice");
  request.set(http::field::accept, "*/*");
  for (const auto& [name, value] : check.headers) request.set(name, value);
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

/// Sends the request and reads the head of the answer; the body is of no interest.
template <typename Stream>
Failure ask(Stream& stream, asio::io_context& io, const Url& url, const spec::HttpCheck& check, const Limit& limit) {
  const Request request = make_request(url, check);
  boost::beast::flat_buffer buffer(65536);
  http::response_parser<http::empty_body> parser;
  parser.skip(true);
  bool done = false;
  Error error;
  http::async_write(stream, request, [&](const Error& wrote, std::size_t) {
    error = wrote;
    done = bool(wrote);
    if (done) return;
    http::async_read_header(stream, buffer, parser, [&](const Error& read, std::size_t) {
      error = read;
      done = true;
    });
  });
  if (!run_until(io, done, limit)) return out_of_time(url, limit);
  if (error) return url.shown + ": " + error.message();
  const unsigned status = parser.get().result_int();
  if (status == static_cast<unsigned>(check.status)) return std::nullopt;
  return url.shown + ": status " + std::to_string(status) + ", expected " + std::to_string(check.status);
}

/// The certificates to trust; empty: none are on this machine.
std::string ca_file_for(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* const named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') return named;
  for (const std::string& path :
       {std::string("/etc/ssl/certs/ca-certificates.crt"),
        std::string("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
        std::string("/etc/pki/tls/certs/ca-bundle.crt"), std::string("/etc/ssl/ca-bundle.pem"),
        std::string("/etc/ssl/cert.pem"), beside_executable("ca-certificates.crt")})
    if (!path.empty() && ::access(path.c_str(), R_OK) == 0) return path;
  return "";
}

Failure ask_over_tls(asio::ip::tcp::socket socket, asio::io_context& io, const Url& url, const spec::HttpCheck& check,
                     const std::string& ca_file, const Limit& limit) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  const std::string trusted = ca_file_for(ca_file);
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
  return ask(stream, io, url, check, limit);
}

}  // namespace

Failure attempt_http(const spec::HttpCheck& check, const std::string& ca_file, const Limit& limit) {
  const std::optional<Url> url = parse_url(check.url);
  if (!url) return "not a URL of the form http(s)://host[:port]/path (user and password belong into a header)";
  const Connected connected = connect_to(url->host, url->port, limit);
  if (connected.failure) return url->shown + ": " + *connected.failure;
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  ::getpeername(connected.socket, reinterpret_cast<sockaddr*>(&peer), &length);
  asio::io_context io(1);
  asio::ip::tcp::socket socket(io, peer.ss_family == AF_INET6 ? asio::ip::tcp::v6() : asio::ip::tcp::v4(),
                               connected.socket);
  if (url->tls) return ask_over_tls(std::move(socket), io, *url, check, ca_file, limit);
  return ask(socket, io, *url, check, limit);
}

}  // namespace checks
