// One connection: [handshake] → wait for a request → read it → answer → wait …, or close. Each step has its deadline,
// so a client that sends slowly, or doesn't take its answer, is gone in time; until then it costs a few kilobytes.
#include "operator/gate/session.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "common/log.h"
#include "operator/gate/channel.h"

namespace gate {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLeaveTaking{1};  // for what the client still sends after our last word
constexpr std::size_t kChunk = 4096;

std::string to_text(const Answer& answer, bool keep_alive, bool with_body) {
  const auto status = static_cast<unsigned>(answer.status);
  const beast::string_view reason = http::obsolete_reason(http::int_to_status(status));
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason.data(), reason.size());
  text += "\r\nContent-Type: " + answer.content_type + "\r\nCache-Control: no-store\r\n";
  for (const auto& [name, value] : answer.headers) text += name + ": " + value + "\r\n";
  if (!keep_alive) text += "Connection: close\r\n";
  text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
  if (with_body) text += answer.body;
  return text;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::unique_ptr<Channel> channel, std::unique_ptr<Place> place)
      : channel_(std::move(channel)), place_(std::move(place)) {}

  void start() {
    deadline(limits().request);
    channel_->open([self = self()](const error_code& error, std::size_t) {
      if (!error) self->read_header();
    });
  }

 private:
  std::shared_ptr<Session> self() { return shared_from_this(); }
  const Limits& limits() const { return place_->listening().limits; }
  void deadline(Clock::duration in) { channel_->deadline(in); }

  /// What the client sends next, then `next`; a connection that broke, ended or was too slow just ends.
  void receive(void (Session::*next)()) {
    channel_->read_some(buffer_.prepare(kChunk), [self = self(), next](const error_code& error, std::size_t size) {
      if (error) return;
      self->buffer_.commit(size);
      (self.get()->*next)();
    });
  }

  /// The next request of this connection may take its time to begin, but not to arrive.
  void wait_for_request() {
    if (buffer_.size() > 0) return begin_request();
    deadline(limits().idle);
    receive(&Session::begin_request);
  }

  void begin_request() {
    deadline(limits().request);
    read_header();
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits().header_bytes));
    parser_->body_limit(limits().body_bytes);
    parse_header();
  }

  void parse_header() {
    const error_code error = parse();
    if (!error && !parser_->is_header_done()) return receive(&Session::parse_header);
    began_ = Clock::now();
    if (error) return refuse(error);
    on_header();
  }

  void on_header() {
    Listening& listening = place_->listening();
    if (!listening.requests.take(place_->client(), Clock::now())) return last({429, "too many requests\n"});
    parser_->eager(true);
    if (beast::iequals(parser_->get()[http::field::expect], "100-continue")) return send_continue();
    parse_body();
  }

  void send_continue() {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    channel_->write(boost::asio::buffer(kContinue), [self = self()](const error_code& error, std::size_t) {
      if (!error) self->parse_body();
    });
  }

  void parse_body() {
    const error_code error = parse();
    if (error) return refuse(error);
    if (!parser_->is_done()) return receive(&Session::parse_body);
    on_request();
  }

  /// As far as what has come lets us.
  error_code parse() {
    error_code error;
    const auto is_done = [this] { return parser_->eager() ? parser_->is_done() : parser_->is_header_done(); };
    while (!error && !is_done() && buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
    return error == http::error::need_more ? error_code() : error;
  }

  /// What the peer did wrong is told.
  void refuse(const error_code& error) {
    if (error == http::error::header_limit) return last({431, "the header is too large\n"});
    if (error == http::error::body_limit) return last({413, "the body is too large\n"});
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
  void last(const Answer& answer) { send(answer, false); }

  void send(const Answer& answer, bool keep_alive) {
    const bool head = parser_->is_header_done() && parser_->get().method() == http::verb::head;
    const auto text = std::make_shared<const std::string>(to_text(answer, keep_alive, !head));
    deadline(limits().answer);
    const auto on_sent = [self = self(), text, keep_alive, status = answer.status](const error_code& error,
                                                                                   std::size_t) {
      if (error) return;
      self->told(status);
      keep_alive ? self->wait_for_request() : self->say_goodbye();
    };
    channel_->write(boost::asio::buffer(*text), on_sent);
  }

  void told(int status) {
    const OnAnswer& on_answer = place_->listening().on_answer;
    if (on_answer) on_answer(status, Clock::now() - began_);
  }

  /// Hanging up over unread data would reset the connection, and the client might lose our answer.
  void say_goodbye() {
    deadline(kLeaveTaking);
    channel_->close([self = self()](const error_code& error, std::size_t) {
      if (error) return;
      self->deadline(kLeaveTaking);
      self->drain(self->limits().body_bytes);
    });
  }

  void drain(std::size_t most) {
    buffer_.clear();
    const auto on_read = [self = self(), most](const error_code& error, std::size_t size) {
      if (!error && size < most) self->drain(most - size);
    };
    channel_->drain_some(buffer_.prepare(kChunk), on_read);
  }

  std::unique_ptr<Channel> channel_;
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

void start_session(boost::asio::ip::tcp::socket socket, std::unique_ptr<Place> place,
                   std::shared_ptr<boost::asio::ssl::context> tls) {
  std::make_shared<Session>(make_channel(std::move(socket), std::move(tls)), std::move(place))->start();
}

}  // namespace gate
