// operator/gate/channel.h: a client's bytes, in the open or within TLS, each step with a deadline. Private to this
// folder.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "operator/gate/certificates.h"

namespace gate {

/// All of it on the listener's one thread. One read or write at a time; the buffers outlive it. Whoever waits is told
/// of an error when the deadline has passed.
class Channel {
 public:
  using Done = std::function<void(const boost::system::error_code&, std::size_t)>;

  virtual ~Channel() = default;
  /// What must happen before the first byte: TLS's handshake.
  virtual void open(Done) = 0;
  virtual void read_some(boost::asio::mutable_buffer, Done) = 0;
  virtual void write(boost::asio::const_buffer, Done) = 0;
  /// Tells the client that no more will come.
  virtual void close(Done) = 0;
  /// What still comes, as it comes: of no use but to be thrown away.
  virtual void drain_some(boost::asio::mutable_buffer, Done) = 0;
  /// From now on, instead of the one before.
  virtual void deadline(std::chrono::steady_clock::duration) = 0;
};

/// `tls`: null for plain HTTP.
std::unique_ptr<Channel> make_channel(boost::asio::ip::tcp::socket, std::shared_ptr<boost::asio::ssl::context> tls);

}  // namespace gate
