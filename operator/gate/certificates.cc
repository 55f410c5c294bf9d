#include "operator/gate/certificates.h"

#include <boost/asio/buffer.hpp>

#include "common/error.h"
#include "common/log.h"

namespace gate {

namespace ssl = boost::asio::ssl;

Certificates::Certificates(const std::string& certificate_file, const std::string& key_file)
    : certificate_(certificate_file), key_(key_file) {
  const std::string why = load();
  if (!why.empty()) throw PermanentError("use the gate's certificate: " + why, report::ExitCode::kUsage);
}

std::shared_ptr<ssl::context> Certificates::current() {
  if (certificate_.has_changed() || key_.has_changed()) {
    const std::string why = load();
    if (why.empty()) {
      logging::info("gate certificate renewed", {{"file", certificate_.path()}});
    } else {
      logging::warning("gate certificate not taken", {{"file", certificate_.path()}, {"why", why}});
    }
  }
  return context_;
}

std::string Certificates::load() {
  certificate_.mark_seen();
  key_.mark_seen();
  const std::optional<std::string> certificate = certificate_.read(), key = key_.read();
  if (!certificate) return "can't read " + certificate_.path();
  if (!key) return "can't read " + key_.path();
  auto made = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  made->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                    ssl::context::no_sslv3 | SSL_OP_NO_RENEGOTIATION);
  made->use_certificate_chain(boost::asio::buffer(*certificate), error);
  if (error) return certificate_.path() + " holds no certificate chain";
  made->use_private_key(boost::asio::buffer(*key), ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(made->native_handle()) != 1) {
    return key_.path() + " holds no private key of that certificate";
  }
  context_ = std::move(made);
  return {};
}

}  // namespace gate
