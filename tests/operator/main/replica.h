// tests/operator/main/replica.h: the binary as one replica, and what it answers.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "common/error.h"
#include "operator/kube/http.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace support {

/// A kubeconfig in this folder with a token of a service account, as in a pod.
inline std::string kubeconfig_of(const TemporaryFolder& folder, const std::string& namespace_name,
                                 const std::string& account) {
  const kube::Config admin = ApiServer::shared().config();
  folder.write("ca.crt", admin.ca_pem);
  folder.write("token", ApiServer::shared().token_of(namespace_name, account));
  return folder.write("kubeconfig",
                      "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
                      "clusters: [{name: c, cluster: {server: '" +
                          admin.server +
                          "', certificate-authority: ca.crt}}]\n"
                          "users: [{name: u, user: {tokenFile: token}}]\n");
}

/// One replica.
class Replica {
 public:
  explicit Replica(const std::string& kubeconfig, const std::vector<std::string>& more = {},
                   const std::string& lease_namespace = "sluice-system")
      : program_(arguments(kubeconfig, port_, lease_namespace, more)) {}

  kube::Response get(const std::string& path) const {
    kube::Http http({.server = "http://127.0.0.1:" + std::to_string(port_)}, std::chrono::seconds(5));
    try {
      return http.send({.path = path});
    } catch (const Error&) {
      return {};
    }
  }
  bool is_ready() const { return get("/readyz").status == 200; }
  bool leads() const { return get("/metrics").body.find("\nsluice_operator_leader 1") != std::string::npos; }
  support::Program& program() { return program_; }

 private:
  static std::vector<std::string> arguments(const std::string& kubeconfig, int port, const std::string& lease_namespace,
                                            const std::vector<std::string>& more) {
    std::vector<std::string> argv{support::binary("sluice-operator"),
                                  "--kubeconfig",
                                  kubeconfig,
                                  "--migrator-image",
                                  "localhost/sluice:test",
                                  "--metrics-address",
                                  "127.0.0.1:" + std::to_string(port),
                                  "--lease-namespace",
                                  lease_namespace};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  const int port_ = support::free_port();
  support::Program program_;
};

}  // namespace support
