// operator/gate/certificates.h: the listener's TLS certificate and key.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "operator/gate/watched_file.h"

namespace gate {

/// Read anew when one of the files changes: new connections get the new pair, old ones keep theirs. A pair that isn't
/// whole leaves the last good one in force, and is logged once. TLS 1.2 and 1.3. Not thread-safe.
class Certificates {
 public:
  /// PEM: the chain, its own certificate first, and the private key. PermanentError (kUsage): they can't be read or
  /// don't belong together.
  Certificates(const std::string& certificate_file, const std::string& key_file);

  /// What a connection that begins now uses.
  std::shared_ptr<boost::asio::ssl::context> current();

 private:
  /// Why it failed; empty: `context_` is new.
  std::string load();

  WatchedFile certificate_, key_;
  std::shared_ptr<boost::asio::ssl::context> context_ = {};
};

}  // namespace gate
