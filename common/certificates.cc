#include "common/certificates.h"

#include <openssl/x509.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

#include "common/executable.h"

namespace {

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool is_there(const std::string& path) { return !path.empty() && ::access(path.c_str(), R_OK) == 0; }

}  // namespace

std::string trusted_certificates() {
  if (is_set(X509_get_default_cert_file_env())) return std::getenv(X509_get_default_cert_file_env());
  for (const std::string& path :
       {std::string("/etc/ssl/certs/ca-certificates.crt"),
        std::string("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
        std::string("/etc/pki/tls/certs/ca-bundle.crt"), std::string("/etc/ssl/ca-bundle.pem"),
        std::string("/etc/ssl/cert.pem"), beside_executable("ca-certificates.crt")}) {
    if (is_there(path)) return path;
  }
  return "";
}

void name_certificates() {
  if (is_set(X509_get_default_cert_file_env()) || is_set(X509_get_default_cert_dir_env())) return;
  if (is_there(X509_get_default_cert_file()) || is_there(X509_get_default_cert_dir())) return;
  const std::string found = trusted_certificates();
  if (!found.empty()) ::setenv(X509_get_default_cert_file_env(), found.c_str(), 1);
}
