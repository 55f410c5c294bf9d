#include "operator/gate/channel.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace gate {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Plain final : public Channel {
 public:
  explicit Plain(tcp::socket socket) : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void open(Done done) override { done({}, 0); }
  void read_some(asio::mutable_buffer to, Done done) override { socket_.async_read_some(to, std::move(done)); }
  void write(asio::const_buffer from, Done done) override { asio::async_write(socket_, from, std::move(done)); }
  void close(Done done) override {
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    done(error, 0);
  }
  void drain_some(asio::mutable_buffer to, Done done) override { read_some(to, std::move(done)); }
  void deadline(std::chrono::steady_clock::duration in) override {
    current_ = std::make_shared<char>();
    timer_.expires_after(in);
    timer_.async_wait([this, still = std::weak_ptr<char>(current_)](const error_code&) {
      if (still.expired()) return;  // there is another deadline, or none of us
      error_code ignored;
      socket_.close(ignored);
    });
  }
  tcp::socket& socket() { return socket_; }

 private:
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<char> current_ = {};  // of the deadline that counts
};

class Tls final : public Channel {
 public:
  Tls(tcp::socket socket, std::shared_ptr<asio::ssl::context> context)
      : context_(std::move(context)), plain_(std::move(socket)), stream_(plain_.socket(), *context_) {}

  void open(Done done) override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [done = std::move(done)](const error_code& error) { done(error, 0); });
  }
  void read_some(asio::mutable_buffer to, Done done) override { stream_.async_read_some(to, std::move(done)); }
  void write(asio::const_buffer from, Done done) override { asio::async_write(stream_, from, std::move(done)); }
  void close(Done done) override {
    stream_.async_shutdown([this, done = std::move(done)](const error_code&) { plain_.close(done); });
  }
  void drain_some(asio::mutable_buffer to, Done done) override { plain_.read_some(to, std::move(done)); }
  void deadline(std::chrono::steady_clock::duration in) override { plain_.deadline(in); }

 private:
  std::shared_ptr<asio::ssl::context> context_;
  Plain plain_;
  asio::ssl::stream<tcp::socket&> stream_;
};

}  // namespace

std::unique_ptr<Channel> make_channel(tcp::socket socket, std::shared_ptr<asio::ssl::context> tls) {
  if (tls == nullptr) return std::make_unique<Plain>(std::move(socket));
  return std::make_unique<Tls>(std::move(socket), std::move(tls));
}

}  // namespace gate
