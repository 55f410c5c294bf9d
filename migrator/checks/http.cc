// The one file that includes Boost.Beast: its parser of an answer.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "common/certificates.h"
#include "migrator/checks/attempt.h"
#include "migrator/checks/get.h"
#include "migrator/checks/network.h"
#include "migrator/checks/stream.h"
#include "migrator/checks/url.h"

namespace checks {
namespace {

namespace http = boost::beast::http;
using ParseError = boost::beast::error_code;

/// The request's text; none: a header that would end its line.
std::optional<std::string> request_text(const Url& url, const Get& get) {
  std::map<std::string, std::string> headers{
      {"Host", url.host_header}, {"User-Agent", "sluice"}, {"Accept", "*/*"}, {"Connection", "close"}};
  for (const auto& [name, value] : get.headers) {
    std::erase_if(headers, [&name = name](const auto& own) { return boost::beast::iequals(own.first, name); });
    headers[name] = value;
  }
  std::string text = "GET " + url.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) return std::nullopt;
    text += name + ": " + value + "\r\n";
  }
  return text + "\r\n";
}

/// Reads the answer: its head alone where the body is of no interest.
Failure read_answer(Stream& stream, http::response_parser<http::string_body>& parser, const Limit& limit) {
  const auto is_done = [&parser] { return parser.skip() ? parser.is_header_done() : parser.is_done(); };
  std::string text;
  while (!is_done()) {
    const std::size_t before = text.size();
    if (const Failure failure = stream.read(text, limit)) return failure;
    ParseError error;
    if (text.size() == before) {
      parser.put_eof(error);
      return error ? Failure(error.message()) : std::nullopt;
    }
    text.erase(0, parser.put(boost::asio::buffer(text), error));
    if (error && error != http::error::need_more) return error.message();
  }
  return std::nullopt;
}

Failure ask(Stream& stream, const Url& url, const Get& get, const Limit& limit,
            http::response_parser<http::string_body>& parser) {
  const std::optional<std::string> request = request_text(url, get);
  if (!request) return "a header holds the end of a line";
  if (url.tls) {
    const std::string trusted = get.ca_file.empty() ? trusted_certificates() : get.ca_file;
    if (trusted.empty()) return "no CA certificates to check it with";
    if (const Failure failure = stream.start_tls(url.host, trusted, limit)) return failure;
  }
  if (const Failure failure = stream.write(*request, limit)) return failure;
  return read_answer(stream, parser, limit);
}

}  // namespace

Got get(const Get& request, const Limit& limit) {
  const std::optional<Url> url = parse_url(request.url);
  if (!url)
    return std::string("not a URL of the form http(s)://host[:port]/path (user and password belong into a header)");
  const Connected connected = connect_to(url->host, url->port, limit);
  if (connected.failure) return url->shown + ": " + *connected.failure;
  Stream stream(connected.socket);
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.skip(request.most_body_bytes == 0);
  parser.body_limit(request.most_body_bytes);
  if (const Failure failure = ask(stream, *url, request, limit, parser)) return url->shown + ": " + *failure;
  return Answer{.status = static_cast<int>(parser.get().result_int()), .body = parser.get().body()};
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
