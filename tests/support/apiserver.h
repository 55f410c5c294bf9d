// tests/support/apiserver.h: a real kube-apiserver with its etcd, for tests of what the operator says to Kubernetes.
// No kubelet and no controllers: Jobs never run, nothing is collected; a test plays those parts through the API.
#pragma once
#include <memory>
#include <string>

#include "operator/kube/client.h"

namespace support {

/// Both on free ports of 127.0.0.1 in a temporary folder. The programs come from deploy/cluster/build-tools.sh, or
/// from KUBEBUILDER_ASSETS.
class ApiServer {
 public:
  /// The one that tests share, each in namespaces of its own, with what deploy/install.yaml holds: of the whole ctest
  /// run where the fixture `apiserver` started one (SLUICE_TEST_APISERVER names its file), else of this process,
  /// started at first use, stopped at exit.
  static ApiServer& shared();
  /// One of its own, for tests that stop it or see all namespaces.
  static std::unique_ptr<ApiServer> start();
  ~ApiServer();

  std::string kubeconfig_file() const;  // of an administrator with a client certificate
  kube::Config config() const;
  /// An administrator's client; lives as long as the server.
  kube::Api& api();
  /// A new, empty namespace.
  std::string new_namespace();
  /// A token of a new service account in this namespace with these rights there, as YAML rules in flow style:
  /// "[{apiGroups: [batch], resources: [jobs], verbs: [get, list]}]".
  std::string token(const std::string& namespace_name, const std::string& rules);
  /// A token of an existing service account.
  std::string token_of(const std::string& namespace_name, const std::string& account);
  /// deploy/install.yaml: our types, the operator's rights.
  void install();
  /// Creates what a YAML file holds, or makes it so (several documents; CustomResourceDefinitions are waited for).
  void create(const std::string& yaml_text);

  void stop();   // the API server alone: etcd goes on
  void go_on();  // the same port and data; returns when it answers
  void stop_etcd();
  void restart_etcd();
  /// All history of etcd before now is dropped.
  void compact();

 private:
  struct Impl;
  explicit ApiServer(std::unique_ptr<Impl>);
  static std::unique_ptr<ApiServer> of_the_fixture();  // null: there is none
  std::unique_ptr<Impl> impl_;
};

/// Where deploy/cluster/build-tools.sh put this program ("helm", "kubectl"), or KUBEBUILDER_ASSETS has it.
std::string cluster_program(const std::string& name);

}  // namespace support
