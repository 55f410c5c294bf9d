#include "operator/kube/http.h"

#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

#include "common/error.h"

namespace kube {
namespace {

using web::http::client::http_client;
using web::http::client::http_client_config;

constexpr std::chrono::seconds kTokenAge{60};

std::string refusal_of(const Config& config) {
  return config.server + ": the " + (config.certificate_pem.empty() ? "CA" : "CA or client") + " certificate: ";
}

void set_up_tls(boost::asio::ssl::context& context, const Config& config) {
  if (!config.ca_pem.empty()) {
    context.add_certificate_authority(boost::asio::buffer(config.ca_pem));
  }
  if (!config.certificate_pem.empty()) {
    context.use_certificate_chain(boost::asio::buffer(config.certificate_pem));
    context.use_private_key(boost::asio::buffer(config.key_pem), boost::asio::ssl::context::pem);
  }
}

/// Certificates and keys, read once: this says at the start what would else come up, less clearly, at the first
/// connection, and each connection then shares them, which would else cost it a millisecond.
std::shared_ptr<boost::asio::ssl::context> read_tls(const Config& config) {
  const auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  try {
    set_up_tls(*context, config);
  } catch (const boost::system::system_error& error) {
    throw PermanentError(refusal_of(config) + error.what(), report::ExitCode::kUsage);
  }
  return context;
}

void share_tls(SSL_CTX* from, SSL_CTX* to, bool has_authorities) {
  // cpprestsdk has already loaded the system's authorities: only the cluster's own may vouch for its server.
  if (has_authorities) SSL_CTX_set1_cert_store(to, SSL_CTX_get_cert_store(from));
  SSL_CTX_set_min_proto_version(to, TLS1_2_VERSION);
  X509* certificate = SSL_CTX_get0_certificate(from);
  if (certificate == nullptr) return;
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(from, &chain);
  SSL_CTX_use_cert_and_key(to, certificate, SSL_CTX_get0_privatekey(from), chain, 1);
}

http_client_config client_config(const Config& config, std::chrono::seconds idle) {
  http_client_config settings;
  settings.set_timeout(idle);
  settings.set_validate_certificates(config.check_certificate);
  settings.set_ssl_context_callback(
      [tls = read_tls(config), has_authorities = !config.ca_pem.empty()](boost::asio::ssl::context& context) {
        share_tls(tls->native_handle(), context.native_handle(), has_authorities);
      });
  return settings;
}

std::string uri_text(const Request& request) {
  std::string text = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    text += separator + name + "=" + web::uri::encode_data_string(value);
    separator = '&';
  }
  return text;
}

std::optional<std::chrono::seconds> retry_after(const web::http::http_response& response) {
  const auto found = response.headers().find("Retry-After");
  if (found == response.headers().end()) return std::nullopt;
  const long seconds = std::strtol(found->second.c_str(), nullptr, 10);  // a date reads as 0 or a day: capped
  return std::chrono::seconds(std::clamp(seconds, 1L, 60L));
}

Response whole(web::http::http_response& response) {
  // Whatever the Content-Type says; read_to_end() would make a task of each piece.
  return {response.status_code(), response.extract_utf8string(true).get(), retry_after(response)};
}

/// Hands over whole lines of a body that is still coming. cpprestsdk's own read_line takes a lock for each character.
class LineReader {
 public:
  explicit LineReader(const web::http::http_response& response) : body_(response.body().streambuf()) {}

  /// Blocks until something has come; false: the body has ended, and what was left of a line is handed over.
  bool read(const std::function<void(const std::string&)>& on_line) {
    if (body_.getc().get() == concurrency::streams::char_traits<std::uint8_t>::eof()) {
      if (!rest_.empty()) on_line(std::exchange(rest_, {}));
      return false;
    }
    const std::size_t had = rest_.size();
    std::uint8_t* block = nullptr;
    std::size_t count = 0;
    if (!body_.acquire(block, count)) return true;
    rest_.append(reinterpret_cast<const char*>(block), count);
    body_.release(block, count);
    std::size_t begin = 0;
    for (std::size_t end = rest_.find('\n', had); end != std::string::npos; end = rest_.find('\n', begin)) {
      if (end > begin) on_line(rest_.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_ = rest_.substr(begin);  // a long line's memory goes with it
    return true;
  }

 private:
  concurrency::streams::streambuf<std::uint8_t> body_;
  std::string rest_ = {};  // the beginning of a line
};

}  // namespace

struct Http::Impl {
  Impl(Config given, std::chrono::seconds idle)
      : config(std::move(given)), client(web::uri(config.server), client_config(config, idle)) {}

  std::string token() {
    if (config.token_file.empty()) return config.token;
    const std::lock_guard<std::mutex> hold(mutex);
    const std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
    if (read_token.empty() || now - token_read_at > kTokenAge) {
      std::ifstream file(config.token_file);
      std::string text(std::istreambuf_iterator<char>(file), {});
      while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
      if (!text.empty()) read_token = text;
      token_read_at = now;
    }
    return read_token;
  }

  /// After a 401 the next request reads the file again.
  void forget_token() {
    const std::lock_guard<std::mutex> hold(mutex);
    read_token.clear();
  }

  web::http::http_request make(const Request& request) {
    web::http::http_request made(request.method);
    made.set_request_uri(web::uri(uri_text(request)));
    made.headers().add("Accept", request.accept);
    made.headers().add("User-Agent", "sluice-operator");
    // cpprestsdk checks the certificate against the Host header, where there is one.
    if (!config.server_name.empty()) made.headers().add("Host", config.server_name);
    if (const std::string bearer = token(); !bearer.empty()) made.headers().add("Authorization", "Bearer " + bearer);
    if (!request.body.empty()) made.set_body(request.body, request.content_type);
    return made;
  }

  Config config;
  http_client client;
  std::mutex mutex;
  std::string read_token = {};
  std::chrono::steady_clock::time_point token_read_at = {};
};

Http::Http(const Config& config, std::chrono::seconds idle) {
  try {
    impl_ = std::make_unique<Impl>(config, idle);
  } catch (...) {
    rethrow_translated("connect to " + config.server, Access::kRead);
  }
}

Http::~Http() = default;

Response Http::send(const Request& request, std::stop_token stop) {
  pplx::cancellation_token_source cancel;
  const std::stop_callback on_stop(stop, [&cancel] { cancel.cancel(); });
  try {
    web::http::http_response response = impl_->client.request(impl_->make(request), cancel.get_token()).get();
    Response answer = whole(response);
    if (answer.status == 401) impl_->forget_token();
    return answer;
  } catch (...) {
    rethrow_translated(request.method + " " + request.path, request.access());
  }
}

Response Http::stream(const Request& request, const std::function<void()>& on_open,
                      const std::function<void(const std::string&)>& on_line, std::stop_token stop) {
  pplx::cancellation_token_source cancel;
  const std::stop_callback on_stop(stop, [&cancel] { cancel.cancel(); });
  bool is_open = false;
  try {
    web::http::http_response response = impl_->client.request(impl_->make(request), cancel.get_token()).get();
    if (response.status_code() != 200) {
      Response answer = whole(response);
      if (answer.status == 401) impl_->forget_token();
      return answer;
    }
    is_open = true;
    on_open();
    LineReader lines(response);
    while (!stop.stop_requested() && lines.read(on_line)) {
    }
    return {200, {}, {}};
  } catch (...) {
    if (stop.stop_requested()) return {200, {}, {}};
    if (is_open && is_silence()) return {200, {}, {}};
    rethrow_translated(request.method + " " + request.path, request.access());
  }
}

void pass_over_system_authorities() {
  // OpenSSL's own variable: a file without any is read in no time.
  ::setenv("SSL_CERT_FILE", "/dev/null", 1);
}

void start_io_threads(int count) { crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(count)); }

}  // namespace kube

#ifdef __SANITIZE_ADDRESS__
// What cpprestsdk still had to do in its pool when the process ended (closing the stream of the last answer, or of a
// watch that fell silent) isn't leaked.
extern "C" const char* __lsan_default_suppressions() { return "leak:pplx::details\nleak:libcpprest\n"; }
#endif
