#include "operator/gate/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <thread>

#include "common/error.h"
#include "common/log.h"
#include "operator/gate/certificates.h"
#include "operator/gate/session.h"

namespace gate {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kOutOfFiles{100};  // until accepting is tried again

struct HostPort {
  std::string host = {};  // empty: every address
  unsigned short port = 0;
};

HostPort parse_address(const std::string& address) {
  const PermanentError wrong("not an address HOST:PORT: " + address, report::ExitCode::kUsage);
  const std::size_t colon = address.rfind(':');
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) throw wrong;
  if (std::stoi(port) > 65535) throw wrong;
  std::string host = address.substr(0, colon);
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {host, static_cast<unsigned short>(std::stoi(port))};
}

error_code listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (error) return error;
  if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return error;
  error_code ignored;
  acceptor.close(ignored);
  return error;
}

tcp::acceptor open(asio::io_context& context, const std::string& address) {
  const HostPort where = parse_address(address);
  tcp::acceptor acceptor(context);
  error_code error;
  if (where.host.empty()) {
    // A machine without IPv6 refuses the first.
    error = listen(acceptor, {tcp::v6(), where.port});
    if (error && error != asio::error::address_in_use) error = listen(acceptor, {tcp::v4(), where.port});
  } else {
    const auto found =
        tcp::resolver(context).resolve(where.host, std::to_string(where.port), tcp::resolver::passive, error);
    if (!error) error = listen(acceptor, *found.begin());
  }
  if (error) throw PermanentError("listen on " + address + ": " + error.message(), report::ExitCode::kUsage);
  return acceptor;
}

/// Whoever has one IPv6 address has 2^64 of them.
std::string client_of(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const asio::ip::address_v6 v6 = address.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return {bytes.begin() + 12, bytes.end()};
  return {bytes.begin(), bytes.begin() + 8};
}

}  // namespace

struct Server::Impl {
  Impl(const std::string& address, Handler handler, ServerOptions options)
      : listening{.handler = std::move(handler), .limits = options.limits, .on_answer = std::move(options.on_answer)},
        connects({options.limits.each_client.per_second * 2}, {options.limits.all.per_second * 2}),
        acceptor(open(context, address)),
        pause(context) {
    if (!options.tls_certificate_file.empty()) {
      certificates.emplace(options.tls_certificate_file, options.tls_key_file);
    }
    accept();
    thread = std::thread([this] { context.run(); });
  }

  ~Impl() {
    context.stop();
    if (thread.joinable()) thread.join();
  }

  void accept() {
    acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error) return take(std::move(socket)), accept();
      pause.expires_after(kOutOfFiles);
      pause.async_wait([this](const error_code& stopped) {
        if (!stopped) accept();
      });
    });
  }

  /// Too many of them are closed before a TLS handshake, which costs us more than them.
  void take(tcp::socket socket) {
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;
    const std::string client = client_of(peer.address());
    if (!connects.take(client, std::chrono::steady_clock::now())) return;
    if (listening.open >= listening.limits.connections) return;
    const auto own = listening.open_by_client.find(client);
    if (own != listening.open_by_client.end() && own->second >= listening.limits.connections_each) return;
    // Else the answer that follows a handshake's last words would wait 40 ms for the client to acknowledge those.
    socket.set_option(tcp::no_delay(true), error);
    start_session(std::move(socket), std::make_unique<Place>(listening, client),
                  certificates ? certificates->current() : nullptr);
  }

  Listening listening;  // outlives the connections, which the context destroys
  Rates connects;
  std::optional<Certificates> certificates = {};
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::thread thread = {};
};

Server::Server(const std::string& address, Handler handler, ServerOptions options)
    : impl_(std::make_unique<Impl>(address, std::move(handler), std::move(options))) {}

Server::~Server() = default;

}  // namespace gate
