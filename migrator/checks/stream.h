// migrator/checks/stream.h: bytes to and from a server, in the open or within TLS, until a limit. Private to this
// folder.
#pragma once
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "migrator/checks/attempt.h"

namespace checks {

class Stream {
 public:
  /// Of a connected, non-blocking socket, which it closes.
  explicit Stream(int socket) : socket_(socket) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// From here on within TLS, at least 1.2, with a certificate for `host` (a name or an address) by an authority in
  /// `ca_file`.
  Failure start_tls(const std::string& host, const std::string& ca_file, const Limit&);
  Failure write(std::string_view, const Limit&);
  /// Appends what has come to `text`, at least a byte of it; nothing where the other side has ended.
  Failure read(std::string& text, const Limit&);

 private:
  Failure wait_for(short events, const Limit&) const;
  Failure failed(int result, const Limit&);

  int socket_ = -1;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, &SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> tls_{nullptr, &SSL_free};
};

}  // namespace checks
