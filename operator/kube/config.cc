#include "operator/kube/config.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "operator/kube/base64.h"

namespace kube {
namespace {

constexpr const char* kServiceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

[[noreturn]] void refuse(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file) refuse("can't read " + path);
  return text.str();
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// One named entry of a kubeconfig, and the folder that its relative paths start from.
struct Entry {
  YAML::Node body = {};
  std::filesystem::path folder = {};

  std::string text(const char* key) const {
    const YAML::Node value = body[key];
    return value && value.IsScalar() ? value.Scalar() : "";
  }
  /// The content of KEY-data (base64), or of the file that KEY names.
  std::string content(const std::string& key) const {
    if (const std::string data = text((key + "-data").c_str()); !data.empty()) {
      const std::optional<std::string> decoded = base64_decode(data);
      if (!decoded) refuse("kubeconfig: " + key + "-data is not base64");
      return *decoded;
    }
    const std::string path = text(key.c_str());
    return path.empty() ? "" : read_text(resolve(path));
  }
  std::string resolve(const std::string& path) const { return path.empty() ? "" : (folder / path).string(); }
};

struct File {
  YAML::Node root = {};
  std::filesystem::path folder = {};
};

std::vector<File> read_files(const std::vector<std::string>& paths) {
  std::vector<File> files;
  for (const std::string& path : paths) {
    // kubectl, too, passes over files of the list that don't exist.
    if (paths.size() > 1 && !std::filesystem::exists(path)) continue;
    try {
      files.push_back({YAML::Load(read_text(path)), std::filesystem::absolute(path).parent_path()});
    } catch (const YAML::Exception& error) {
      refuse("kubeconfig " + path + ": " + error.what());
    }
    if (!files.back().root.IsMap()) refuse("kubeconfig " + path + " is not a kubeconfig");
  }
  return files;
}

Entry entry(const std::vector<File>& files, const char* list, const char* part, const std::string& name) {
  for (const File& file : files) {
    for (const YAML::Node& item : file.root[list]) {
      if (item["name"].as<std::string>("") == name) return {item[part], file.folder};
    }
  }
  refuse(std::string("kubeconfig: no ") + part + " named " + name);
}

std::string current_context(const std::vector<File>& files) {
  for (const File& file : files) {
    const std::string name = file.root["current-context"].as<std::string>("");
    if (!name.empty()) return name;
  }
  refuse("kubeconfig: no current-context; name one with --context");
}

void read_user(const Entry& user, Config& config) {
  for (const char* key : {"exec", "auth-provider"}) {
    if (user.body[key])
      refuse(std::string("kubeconfig: the user's credentials come from a program (") + key +
             "), which is not supported; use a token or a client certificate, for example of a service account");
  }
  config.certificate_pem = user.content("client-certificate");
  config.key_pem = user.content("client-key");
  config.token = user.text("token");
  config.token_file = user.resolve(user.text("tokenFile"));
}

Config read_context(const std::vector<File>& files, const std::string& wanted) {
  const Entry context = entry(files, "contexts", "context", wanted.empty() ? current_context(files) : wanted);
  const Entry cluster = entry(files, "clusters", "cluster", context.text("cluster"));
  Config config;
  config.server = cluster.text("server");
  if (config.server.empty()) refuse("kubeconfig: cluster " + context.text("cluster") + " has no server");
  config.server_name = cluster.text("tls-server-name");
  config.ca_pem = cluster.content("certificate-authority");
  config.check_certificate = cluster.text("insecure-skip-tls-verify") != "true";
  config.namespace_name = context.text("namespace");
  if (!context.text("user").empty()) read_user(entry(files, "users", "user", context.text("user")), config);
  return config;
}

std::vector<std::string> split_paths(const std::string& joined) {
  std::vector<std::string> paths;
  std::stringstream list(joined);
  for (std::string path; std::getline(list, path, ':');) {
    if (!path.empty()) paths.push_back(path);
  }
  return paths;
}

}  // namespace

Config kubeconfig(const std::vector<std::string>& paths, const std::string& context) {
  const std::vector<File> files = read_files(paths);
  if (files.empty()) refuse("kubeconfig: none of the files named in KUBECONFIG exists");
  try {
    return read_context(files, context);
  } catch (const YAML::Exception& error) {
    refuse(std::string("kubeconfig: ") + error.what());
  }
}

Config in_cluster_config(const std::string& folder) {
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) refuse("not inside a pod: KUBERNETES_SERVICE_HOST and _PORT are not set");
  // cpprestsdk can't connect to a literal IPv6 address; the certificate has this name everywhere.
  if (host.find(':') != std::string::npos) host = "kubernetes.default.svc";
  Config config;
  config.server = "https://" + host + ":" + port;
  config.ca_pem = read_text(folder + "/ca.crt");
  config.token_file = folder + "/token";
  config.namespace_name = read_text(folder + "/namespace");
  return config;
}

Config find_config(const std::string& file, const std::string& context) {
  if (!file.empty()) return kubeconfig({file}, context);
  if (const std::string joined = environment("KUBECONFIG"); !joined.empty()) {
    return kubeconfig(split_paths(joined), context);
  }
  if (!environment("KUBERNETES_SERVICE_HOST").empty()) return in_cluster_config(kServiceAccountFolder);
  const std::string home = environment("HOME") + "/.kube/config";
  if (!std::filesystem::exists(home)) {
    refuse("no cluster: neither --kubeconfig nor KUBECONFIG is given, this is not a pod, and there is no " + home);
  }
  return kubeconfig({home}, context);
}

}  // namespace kube
