#include "tests/support/apiserver.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "common/error.h"
#include "operator/kube/http.h"
#include "tests/support/objects.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace support {
namespace {

void must_run(const std::vector<std::string>& argv) {
  const Finished done = run_program(argv);
  if (done.code != 0) throw std::runtime_error(argv.front() + ": " + done.err);
}

constexpr const char* kMakeCertificates = R"(set -e; cd "$1"
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
key ca; openssl req -x509 -new -key ca.key -days 30 -subj /CN=test-ca -out ca.crt
sign() { openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile $1.ext -out $1.crt; }
key server; openssl req -new -key server.key -subj /CN=kube-apiserver -out server.csr
echo 'subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1' >server.ext; sign server
key admin; openssl req -new -key admin.key -subj /O=system:masters/CN=admin -out admin.csr
echo 'extendedKeyUsage=clientAuth' >admin.ext; sign admin
openssl genrsa -out accounts.key 2048; openssl rsa -in accounts.key -pubout -out accounts.pub
)";

}  // namespace

std::string cluster_program(const std::string& name) {
  if (const char* assets = std::getenv("KUBEBUILDER_ASSETS")) {
    if (std::filesystem::exists(std::string(assets) + "/" + name)) return std::string(assets) + "/" + name;
  }
  static const std::string folder = [] {
    const Finished said =
        run_program({"bash", "-c", "source " + support::source("deploy/cluster/versions.sh") + "; echo -n $TOOLS"});
    return said.out;
  }();
  const std::string path = folder + "/" + name;
  if (!std::filesystem::exists(path)) throw std::runtime_error(path + " is missing: deploy/cluster/build-tools.sh");
  return path;
}

struct ApiServer::Impl {
  std::optional<TemporaryFolder> own = {};  // none: the fixture's server
  std::string folder = {};
  int etcd_port = 0, peer_port = 0, port = 0;
  std::unique_ptr<Program> etcd = {}, server = {};
  std::unique_ptr<kube::Client> client = {};
  std::atomic<int> names{0};

  std::string file(const std::string& name) const { return folder + "/" + name; }
  std::string etcd_url() const { return "http://127.0.0.1:" + std::to_string(etcd_port); }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port); }

  void run_etcd() {
    const std::string peer = "http://127.0.0.1:" + std::to_string(peer_port);
    etcd = std::make_unique<Program>(std::vector<std::string>{
        cluster_program("etcd"), "--data-dir", file("etcd"), "--listen-client-urls", etcd_url(),
        "--advertise-client-urls", etcd_url(), "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
        "--initial-cluster", "default=" + peer, "--unsafe-no-fsync", "--log-level", "error"});
  }

  void run_server() {
    server =
        std::make_unique<Program>(std::vector<std::string>{cluster_program("kube-apiserver"),
                                                           "--etcd-servers",
                                                           etcd_url(),
                                                           "--secure-port",
                                                           std::to_string(port),
                                                           "--bind-address=127.0.0.1",
                                                           "--advertise-address=127.0.0.1",
                                                           "--endpoint-reconciler-type=none",
                                                           "--service-cluster-ip-range=10.96.0.0/16",
                                                           "--tls-cert-file",
                                                           file("server.crt"),
                                                           "--tls-private-key-file",
                                                           file("server.key"),
                                                           "--client-ca-file",
                                                           file("ca.crt"),
                                                           "--authorization-mode=RBAC",
                                                           "--disable-admission-plugins=ServiceAccount",
                                                           "--service-account-issuer=https://kubernetes.default.svc",
                                                           "--service-account-key-file",
                                                           file("accounts.pub"),
                                                           "--service-account-signing-key-file",
                                                           file("accounts.key"),
                                                           "--shutdown-delay-duration=0s",
                                                           "--profiling=false"});
    // All that it does at its start: it would end if etcd went meanwhile.
    kube::Http http(kube::kubeconfig({file("admin.kubeconfig")}, ""), std::chrono::seconds(5));
    const auto answers = [&] {
      if (!server->is_running()) throw std::runtime_error("kube-apiserver ended: " + server->wait().err);
      try {
        return http.send({.path = "/readyz"}).status == 200 &&
               client->get({"", "v1", "namespaces", "Namespace", false}, {"", "default"}).has_value();
      } catch (const Error&) {
        return false;
      }
    };
    if (!eventually(answers, 60)) throw std::runtime_error("kube-apiserver doesn't answer");
  }

  void write_kubeconfig() {
    std::ofstream(file("admin.kubeconfig"))
        << "{apiVersion: v1, kind: Config, current-context: test,\n"
        << " clusters: [{name: test, cluster: {server: '" << url() << "', certificate-authority: ca.crt}}],\n"
        << " users: [{name: admin, user: {client-certificate: admin.crt, client-key: admin.key}}],\n"
        << " contexts: [{name: test, context: {cluster: test, user: admin}}]}\n";
  }

  /// etcd's JSON gateway.
  kube::Object ask_etcd(const std::string& path, const kube::Object& body) const {
    const Finished said = run_program({"curl", "-sS", "-X", "POST", "-d", body.dump(), etcd_url() + path});
    return kube::Object::parse(said.out);
  }
};

ApiServer::ApiServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ApiServer::~ApiServer() {
  // Asked to end first: it removes its sockets, and etcd may be gone before it.
  if (impl_->server) stop();
}

ApiServer& ApiServer::shared() {
  static const std::unique_ptr<ApiServer> server = [] {
    std::unique_ptr<ApiServer> there = of_the_fixture();
    if (there) return there;
    std::unique_ptr<ApiServer> own = start();
    own->install();
    return own;
  }();
  return *server;
}

std::unique_ptr<ApiServer> ApiServer::of_the_fixture() {
  const char* name = std::getenv("SLUICE_TEST_APISERVER");
  if (name == nullptr) return nullptr;
  kube::pass_over_system_authorities();
  auto impl = std::make_unique<Impl>();
  if (!std::getline(std::ifstream(name), impl->folder)) return nullptr;
  impl->client =
      std::make_unique<kube::Client>(kube::kubeconfig({impl->file("admin.kubeconfig")}, ""), kube::ClientOptions{});
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(impl)));
}

std::unique_ptr<ApiServer> ApiServer::start() {
  kube::pass_over_system_authorities();
  auto impl = std::make_unique<Impl>();
  impl->folder = impl->own.emplace().path();
  impl->etcd_port = free_port();
  impl->peer_port = free_port();
  impl->port = free_port();
  must_run({"bash", "-c", kMakeCertificates, "certificates", impl->folder});
  impl->write_kubeconfig();
  impl->client =
      std::make_unique<kube::Client>(kube::kubeconfig({impl->file("admin.kubeconfig")}, ""), kube::ClientOptions{});
  impl->run_etcd();
  impl->run_server();
  return std::unique_ptr<ApiServer>(new ApiServer(std::move(impl)));
}

std::string ApiServer::kubeconfig_file() const { return impl_->file("admin.kubeconfig"); }

kube::Config ApiServer::config() const { return kube::kubeconfig({kubeconfig_file()}, ""); }

kube::Api& ApiServer::api() { return *impl_->client; }

std::string ApiServer::new_namespace() {
  // Of other processes, too, where the server is theirs as well.
  const std::string name = "test-" + std::to_string(::getpid()) + "-" + std::to_string(++impl_->names);
  const kube::ResourceType type{"", "v1", "namespaces", "Namespace", false};
  const kube::Object body{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
  if (api().create(type, body).outcome != kube::CreateOutcome::kCreated) throw std::runtime_error("namespace " + name);
  return name;
}

std::string ApiServer::token(const std::string& namespace_name, const std::string& rules) {
  const std::string name = "account-" + std::to_string(++impl_->names);
  const std::string metadata = "metadata: {name: " + name + ", namespace: " + namespace_name + "}\n";
  create("apiVersion: v1\nkind: ServiceAccount\n" + metadata +
         "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n" + metadata + "rules: " + rules +
         "\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n" + metadata +
         "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: " + name +
         "}\nsubjects: [{kind: ServiceAccount, name: " + name + "}]\n");
  return token_of(namespace_name, name);
}

std::string ApiServer::token_of(const std::string& namespace_name, const std::string& account) {
  kube::Http http(config(), std::chrono::seconds(20));
  const kube::Response made =
      http.send({.method = "POST",
                 .path = "/api/v1/namespaces/" + namespace_name + "/serviceaccounts/" + account + "/token",
                 .body = R"({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})"});
  if (made.status != 201) throw std::runtime_error("token of " + account + ": " + made.body);
  return kube::text_at(kube::Object::parse(made.body), "/status/token");
}

void ApiServer::create(const std::string& yaml_text) { apply_all(api(), yaml_text); }

void ApiServer::install() {
  std::ifstream file(support::source("deploy/install.yaml"));
  create({std::istreambuf_iterator<char>(file), {}});
}

// With watches open it may take a minute to end in good order.
void ApiServer::stop() {
  impl_->server->signal(SIGTERM);
  if (!eventually([this] { return !impl_->server->is_running(); }, 5)) impl_->server->signal(SIGKILL);
  impl_->server->wait();
}

void ApiServer::go_on() { impl_->run_server(); }

void ApiServer::stop_etcd() {
  impl_->etcd->signal(SIGKILL);
  impl_->etcd->wait();
}

void ApiServer::restart_etcd() {
  stop_etcd();
  impl_->run_etcd();
}

void ApiServer::compact() {
  const kube::Object range = impl_->ask_etcd("/v3/kv/range", {{"key", "AA=="}});
  impl_->ask_etcd("/v3/kv/compaction", {{"revision", range.at("header").at("revision")}, {"physical", true}});
}

}  // namespace support
