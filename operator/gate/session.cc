// One connection: [handshake] → wait for a request → read it → answer → wait …, or close. Each step has its deadline,
// so a client that sends slowly, or doesn't take its answer, is gone in time; until then it costs a few kilobytes.
#include "operator/gate/session.h"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <optional>

#include "common/log.h"

namespace gate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLeaveTaking{1};  // for what the client still sends after our last word
constexpr std::size_t kChunk = 4096;

using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::unique_ptr<Place> place, std::shared_ptr<asio::ssl::context> tls)
      : tls_(std::move(tls)), stream_(std::move(stream)), place_(std::move(place)) {}

  void start() {
    deadline(limits().request);
    if constexpr (std::is_same_v<Stream, Tls>) {
      stream_.async_handshake(asio::ssl::stream_base::server, [self = self()](const error_code& error) {
        if (!error) self->read_header();
      });
    } else {
      read_header();
    }
  }

 private:
  std::shared_ptr<Session> self() { return this->shared_from_this(); }
  const Limits& limits() const { return place_->listening().limits; }
  void deadline(Clock::duration in) { beast::get_lowest_layer(stream_).expires_after(in); }

  /// The next request of this connection may take its time to begin, but not to arrive.
  void wait_for_request() {
    if (buffer_.size() > 0) return deadline(limits().request), read_header();
    deadline(limits().idle);
    stream_.async_read_some(buffer_.prepare(kChunk), [self = self()](const error_code& error, std::size_t size) {
      if (error) return;
      self->buffer_.commit(size);
      self->deadline(self->limits().request);
      self->read_header();
    });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits().header_bytes));
    parser_->body_limit(limits().body_bytes);
    http::async_read_header(stream_, buffer_, *parser_, [self = self()](const error_code& error, std::size_t) {
      self->began_ = Clock::now();
      if (error) return self->refuse(error);
      self->on_header();
    });
  }

  void on_header() {
    Listening& listening = place_->listening();
    if (!listening.requests.take(place_->client(), Clock::now())) return last({429, "too many requests\n"});
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  void send_continue() {
    auto response = std::make_shared<http::response<http::empty_body>>(http::status::continue_, 11);
    http::async_write(stream_, *response, [self = self(), response](const error_code& error, std::size_t) {
      if (!error) self->read_body();
    });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_, [self = self()](const error_code& error, std::size_t) {
      if (error) return self->refuse(error);
      self->on_request();
    });
  }

  /// What the peer did wrong is told; a connection that broke, ended or was too slow just ends.
  void refuse(const error_code& error) {
    if (error == http::error::header_limit) return last({431, "the header is too large\n"});
    if (error == http::error::body_limit) return last({413, "the body is too large\n"});
    static const boost::system::error_category& parsing = make_error_code(http::error::bad_version).category();
    if (error.category() != parsing || error == http::error::end_of_stream || error == http::error::partial_message) {
      return;
    }
    last({400, "malformed request\n"});
  }

  void on_request() {
    const auto& message = parser_->get();
    Request request{.method = std::string(message.method_string()),
                    .target = std::string(message.target()),
                    .authorization = std::string(message[http::field::authorization]),
                    .body = message.body()};
    send(answer(request), parser_->keep_alive());
  }

  /// One request's trouble must not end the operator.
  Answer answer(const Request& request) {
    try {
      return place_->listening().handler(request);
    } catch (const std::exception& error) {
      logging::error("request not answered", {{"why", error.what()}});
      return {500, "internal error\n"};
    }
  }

  /// The rest of what the client sends is of no use any more.
  void last(Answer answer) { send(std::move(answer), false); }

  void send(Answer answer, bool keep_alive) {
    auto response = std::make_shared<http::response<http::string_body>>();
    response->version(11);
    response->result(static_cast<unsigned>(answer.status));
    response->set(http::field::content_type, answer.content_type);
    response->set(http::field::cache_control, "no-store");
    for (const auto& [name, value] : answer.headers) response->set(name, value);
    response->keep_alive(keep_alive);
    const bool head = parser_->is_header_done() && parser_->get().method() == http::verb::head;
    response->body() = std::move(answer.body);
    response->prepare_payload();
    if (head) response->body().clear();
    deadline(limits().answer);
    http::async_write(stream_, *response, [self = self(), response, keep_alive](const error_code& error, std::size_t) {
      if (error) return;
      self->told(response->result_int());
      keep_alive ? self->wait_for_request() : self->say_goodbye();
    });
  }

  void told(unsigned status) {
    const OnAnswer& on_answer = place_->listening().on_answer;
    if (on_answer) on_answer(static_cast<int>(status), Clock::now() - began_);
  }

  void say_goodbye() {
    deadline(kLeaveTaking);
    if constexpr (std::is_same_v<Stream, Tls>) {
      stream_.async_shutdown([self = self()](const error_code&) { self->hang_up(); });
    } else {
      hang_up();
    }
  }

  /// Closing over unread data would reset the connection, and the client might lose our answer.
  void hang_up() {
    error_code error;
    beast::get_lowest_layer(stream_).socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
    if (error) return;
    deadline(kLeaveTaking);
    drain(limits().body_bytes);
  }

  void drain(std::size_t most) {
    buffer_.clear();
    beast::get_lowest_layer(stream_).async_read_some(buffer_.prepare(kChunk),
                                                     [self = self(), most](const error_code& error, std::size_t size) {
                                                       if (!error && size < most) self->drain(most - size);
                                                     });
  }

  std::shared_ptr<asio::ssl::context> tls_;  // kept for as long as the stream uses it
  Stream stream_;
  std::unique_ptr<Place> place_;
  beast::flat_buffer buffer_{};
  std::optional<http::request_parser<http::string_body>> parser_ = {};
  Clock::time_point began_ = {};
};

}  // namespace

Place::Place(Listening& listening, std::string client) : listening_(listening), client_(std::move(client)) {
  ++listening_.open;
  ++listening_.open_by_client[client_];
}

Place::~Place() {
  --listening_.open;
  const auto own = listening_.open_by_client.find(client_);
  if (--own->second == 0) listening_.open_by_client.erase(own);
}

void start_session(asio::ip::tcp::socket socket, std::unique_ptr<Place> place,
                   std::shared_ptr<asio::ssl::context> tls) {
  Plain plain(std::move(socket));
  if (tls == nullptr) {
    std::make_shared<Session<Plain>>(std::move(plain), std::move(place), nullptr)->start();
    return;
  }
  Tls stream(std::move(plain), *tls);
  std::make_shared<Session<Tls>>(std::move(stream), std::move(place), std::move(tls))->start();
}

}  // namespace gate
