// operator/kube/config.h: where the API server is and how we prove who we are: kubeconfig files or a pod's own token.
#pragma once
#include <string>
#include <vector>

namespace kube {

/// All that a connection needs. Holds secrets: never logged.
struct Config {
  std::string server = {};           // https://HOST:PORT[/PATH]
  std::string server_name = {};      // the name its certificate must have; empty: the host of `server`
  std::string ca_pem = {};           // who may have signed that certificate; empty: the system's authorities
  bool check_certificate = true;     // false only where a kubeconfig says insecure-skip-tls-verify
  std::string certificate_pem = {};  // our own; empty: none
  std::string key_pem = {};
  std::string token = {};
  std::string token_file = {};      // beats `token`; read again about every minute (kubelets rotate it)
  std::string namespace_name = {};  // the context's, or the pod's own; empty: not said
};

/// How kubectl finds it: `file` where given; else the files of environment variable KUBECONFIG (joined by ':', the
/// first to name an entry wins); else, inside a pod, the service account; else ~/.kube/config. `context`: empty = the
/// current. PermanentError (kUsage): nothing found, unreadable, an entry missing, or one that needs a program (exec,
/// auth-provider), which a controller must not run.
Config find_config(const std::string& file, const std::string& context);

/// From kubeconfig files, in order of precedence. Errors as above.
Config kubeconfig(const std::vector<std::string>& files, const std::string& context);

/// A pod's: KUBERNETES_SERVICE_HOST and _PORT; ca.crt, token and namespace in `folder`
/// (/var/run/secrets/kubernetes.io/serviceaccount).
Config in_cluster_config(const std::string& folder);

}  // namespace kube
