#include "migrator/checks/stream.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "migrator/checks/network.h"

namespace checks {
namespace {

/// What OpenSSL says of the last call, and of the certificate where that was the trouble.
std::string tls_error(const SSL* tls) {
  const unsigned long code = ERR_get_error();
  const char* const reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr ? reason : "error " + std::to_string(code);
  const long verdict = SSL_get_verify_result(tls);
  if (verdict != X509_V_OK) text += std::string(": ") + X509_verify_cert_error_string(verdict);
  return "TLS: " + text;
}

}  // namespace

Stream::~Stream() { ::close(socket_); }

Failure Stream::wait_for(short events, const Limit& limit) const {
  if (checks::wait_for(socket_, events, limit)) return std::nullopt;
  return limit.cancelled && limit.cancelled() ? "cancelled" : "no answer in time";
}

/// Waits for what TLS asks for after a call that returned `result`; a failure where there is nothing to wait for.
Failure Stream::failed(int result, const Limit& limit) {
  const int system_error = errno;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(POLLIN, limit);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(POLLOUT, limit);
    case SSL_ERROR_SYSCALL:
      return std::string("TLS: ") + std::strerror(system_error);
    default:
      return tls_error(tls_.get());
  }
}

Failure Stream::start_tls(const std::string& host, const std::string& ca_file, const Limit& limit) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_ || SSL_CTX_load_verify_file(context_.get(), ca_file.c_str()) != 1)
    return "no CA certificates to check it with can be read from " + ca_file;
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  tls_.reset(SSL_new(context_.get()));
  const bool is_address = tls_ && X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str()) == 1;
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1 ||
      (!is_address &&
       (SSL_set1_host(tls_.get(), host.c_str()) != 1 || SSL_set_tlsext_host_name(tls_.get(), host.c_str()) != 1)))
    return "TLS can't be set up for " + host;
  while (true) {
    ERR_clear_error();
    const int shaken = SSL_connect(tls_.get());
    if (shaken == 1) return std::nullopt;
    if (const Failure failure = failed(shaken, limit)) return failure;
  }
}

Failure Stream::write(std::string_view text, const Limit& limit) {
  while (!text.empty()) {
    Failure failure;
    if (tls_) {
      ERR_clear_error();
      std::size_t written = 0;
      const int result = SSL_write_ex(tls_.get(), text.data(), text.size(), &written);
      text.remove_prefix(written);
      if (result != 1) failure = failed(result, limit);
    } else {
      const ssize_t written = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (written >= 0)
        text.remove_prefix(static_cast<std::size_t>(written));
      else
        failure = errno == EAGAIN || errno == EINTR ? wait_for(POLLOUT, limit) : Failure(std::strerror(errno));
    }
    if (failure) return failure;
  }
  return std::nullopt;
}

Failure Stream::read(std::string& text, const Limit& limit) {
  std::array<char, 16384> piece;
  while (true) {
    Failure failure;
    if (tls_) {
      ERR_clear_error();
      std::size_t size = 0;
      const int result = SSL_read_ex(tls_.get(), piece.data(), piece.size(), &size);
      text.append(piece.data(), size);
      if (result == 1 || SSL_get_error(tls_.get(), result) == SSL_ERROR_ZERO_RETURN) return std::nullopt;
      failure = failed(result, limit);
    } else {
      const ssize_t size = ::recv(socket_, piece.data(), piece.size(), 0);
      if (size >= 0) {
        text.append(piece.data(), static_cast<std::size_t>(size));
        return std::nullopt;
      }
      failure = errno == EAGAIN || errno == EINTR ? wait_for(POLLIN, limit) : Failure(std::strerror(errno));
    }
    if (failure) return failure;
  }
}

}  // namespace checks
