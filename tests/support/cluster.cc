#include "tests/support/cluster.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "common/error.h"
#include "operator/kube/client.h"
#include "operator/kube/http.h"
#include "tests/support/source.h"

namespace support {
namespace {

// SLUICE_TEST_CLUSTER: another one than tests/run.sh uses.
std::string cluster_name() {
  const char* given = std::getenv("SLUICE_TEST_CLUSTER");
  return given != nullptr ? given : "tests";
}

constexpr const char* kDatabases = "databases";  // namespace of the shared server, see tests/cluster/fixture.sh

std::string env_script(const std::string& name) { return support::source("deploy/cluster/") + name; }

std::string random_hex(int length) {
  static std::mt19937_64 random(std::random_device{}());
  std::string text;
  for (int i = 0; i < length; ++i) text += "0123456789abcdef"[random() % 16];
  return text;
}

std::string must_say(const Finished& finished, const std::string& what) {
  if (finished.code != 0) throw std::runtime_error(what + ": " + finished.err);
  return finished.out;
}

// What is asked again and again is asked here: each kubectl costs a fifth of a second of processor.
kube::Client& api() {
  static kube::Client client(
      [] {
        kube::pass_over_system_authorities();
        std::string file =
            must_say(run_program({env_script("kubeconfig.sh"), cluster_name()}), "find the cluster's kubeconfig");
        file.resize(file.find_last_not_of('\n') + 1);
        return kube::find_config(file, "");
      }(),
      {});
  return client;
}

// By the words that kubectl takes, too.
const kube::ResourceType& type_of(const std::string& kind) {
  static const kube::ResourceType rollout{"argoproj.io", "v1alpha1", "rollouts", "Rollout"};
  static const std::map<std::string, const kube::ResourceType*> types = {
      {"configmap", &kube::types::config_map()},
      {"databasemigration", &kube::types::database_migration()},
      {"databaserollout", &kube::types::database_rollout()},
      {"dbm", &kube::types::database_migration()},
      {"deployment", &kube::types::deployment()},
      {"job", &kube::types::job()},
      {"pod", &kube::types::pod()},
      {"rollout.argoproj.io", &rollout},
      {"service", &kube::types::service()}};
  return *types.at(kind.ends_with('s') ? kind.substr(0, kind.size() - 1) : kind);
}

// No pod starts in a namespace without its account, whose controller may still be away after a fault of the test
// before.
void make_namespace(const std::string& name) {
  const auto made = [&] {
    try {
      const kube::ResourceType type{"", "v1", "namespaces", "Namespace", false};
      const nlohmann::json object = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
      if (api().create(type, object).outcome > kube::CreateOutcome::kAlreadyExists) return false;
      return api().get({"", "v1", "serviceaccounts", "ServiceAccount"}, {name, "default"}).has_value();
    } catch (const TransientError&) {
      return false;
    }
  };
  if (!eventually(made, 180)) throw std::runtime_error("namespace " + name + " has no ServiceAccount");
}

// The server's superuser, by the Unix socket inside its pod; `database` as a role with `role`.
Finished psql_in_pod(const std::string& database, const std::string& role, const std::string& statements) {
  return kubectl({"--namespace", kDatabases, "exec", "-i", "postgres-0", "--", "psql", "-X", "-At", "-q", "-v",
                  "ON_ERROR_STOP=1", "-U", role, "-d", database},
                 statements);
}

}  // namespace

Finished kubectl(const std::vector<std::string>& arguments, const std::string& input) {
  std::vector<std::string> argv = {env_script("exec.sh"), cluster_name(), "kubectl"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  if (input.empty()) return run_program(argv);
  const TemporaryFolder folder;
  const std::string file = folder.write("input", input);
  std::vector<std::string> shell = {"sh", "-c", "exec \"$@\" < \"$0\"", file};
  shell.insert(shell.end(), argv.begin(), argv.end());
  return run_program(shell);
}

std::string must_kubectl(const std::vector<std::string>& arguments, const std::string& input) {
  return must_say(kubectl(arguments, input), "kubectl " + arguments.front());
}

std::vector<std::string> inside_cluster(std::vector<std::string> argv) {
  argv.insert(argv.begin(), {env_script("exec.sh"), cluster_name()});
  return argv;
}

void cluster_part(const std::string& verb, const std::string& part) {
  must_say(run_program({env_script("part.sh"), cluster_name(), verb, part}), verb + " " + part);
}

std::string cluster_log(const std::string& name) {
  const std::string beside = must_say(run_program({env_script("part.sh"), cluster_name(), "log", "apiserver"}), "log");
  return std::filesystem::path(beside).parent_path() / (name + ".log");
}

// SLUICE_TEST_TAG: images that deploy/build-images.sh built with another tag than tests/run.sh does.
std::string migrator_image() {
  const char* given = std::getenv("SLUICE_TEST_TAG");
  return std::string("localhost/sluice:") + (given != nullptr ? given : "test");
}
std::string postgres_image() { return "localhost/sluice-postgres:17"; }

World::World() : name_("t-" + random_hex(8)), password_(kPasswordMark + random_hex(16)) {
  must_say(psql_in_pod("postgres", "postgres",
                       "create role \"" + name_ + "\" login createdb password '" + password_ + "';\n" +
                           "grant pg_signal_backend to \"" + name_ + "\";\n" + "create database \"" + name_ +
                           "\" owner \"" + name_ + "\";"),
           "create role and database");
  make_namespace(name_);
  secret("db", {{"url", url()}});
}

// Secrets hold the password by their nature, and ConfigMaps what the test put there; nothing else may. Logs of pods
// that are gone already are searched at the end of all tests (tests/cluster/fixture.sh), with the operator's.
void World::expect_no_secrets() const {
  std::string all;
  const auto objects = [&] {
    const Finished got = kubectl({"get", "databasemigrations,databaserollouts,jobs,pods,events", "-o", "json"});
    all = got.out;
    return got.code == 0;
  };
  EXPECT_TRUE(eventually(objects)) << "the objects of " << name_ << " could not be searched";
  for (const nlohmann::json& pod : list("pods")) {
    all += kubectl({"logs", pod.at("metadata").at("name"), "--all-containers"}).out;
  }
  if (std::filesystem::exists(folder_on_node(*this))) {
    for (const std::string& file : backups_on_node(*this)) {
      if (!file.ends_with(".json")) continue;
      std::ifstream metadata(folder_on_node(*this) + "/" + file);
      all.append(std::istreambuf_iterator<char>(metadata), {});
    }
  }
  for (const char* mark : {kPasswordMark, kRowMark}) {
    const std::size_t at = all.find(mark);
    EXPECT_EQ(at, std::string::npos) << "leaked: …" << all.substr(at < 200 ? 0 : at - 200, 200) << "[" << mark << "]";
  }
}

World::~World() {
  expect_no_secrets();
  support::kubectl({"delete", "namespace", name_, "--wait=false"});
  std::error_code still_in_use;
  std::filesystem::remove_all(folder_on_node(*this), still_in_use);
  psql_in_pod("postgres", "postgres",
              "drop database if exists \"" + name_ + "\" with (force);\ndrop role if exists \"" + name_ + "\";");
}

std::string World::url() const {
  return "postgresql+asyncpg://" + name_ + ":" + password_ + "@postgres." + kDatabases + ".svc.cluster.local:5432/" +
         name_;
}

Finished World::kubectl(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.begin(), {"--namespace", name_});
  return support::kubectl(arguments, input);
}

void World::apply(const nlohmann::json& object) const {
  must_say(kubectl({"apply", "--server-side", "--force-conflicts", "-f", "-"}, object.dump()), "apply");
}

void World::remove(const std::string& kind, const std::string& name) const {
  must_say(kubectl({"delete", kind, name, "--ignore-not-found", "--wait=true"}), "delete");
}

void World::config_map(const std::string& name, const Files& files) const {
  apply({{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}}}, {"data", files}});
}

void World::secret(const std::string& name, const Files& values) const {
  apply({{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", {{"name", name}}}, {"stringData", values}});
}

void World::migration(const std::string& name, const nlohmann::json& changes) const {
  nlohmann::json spec = {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
                         {"migrations", {{"configMaps", {"migrations"}}}}};
  spec.merge_patch(changes);
  apply({{"apiVersion", "sluice.dev/v1alpha1"},
         {"kind", "DatabaseMigration"},
         {"metadata", {{"name", name}}},
         {"spec", spec}});
}

void World::annotate(const std::string& name, const std::string& key, const std::string& value) const {
  must_say(kubectl({"annotate", "--overwrite", "databasemigration", name, key + "=" + value}), "annotate");
}

nlohmann::json World::get(const std::string& kind, const std::string& name) const {
  try {
    return api().get(type_of(kind), {name_, name}).value_or(nlohmann::json());
  } catch (const TransientError&) {
    return {};
  }
}

std::vector<nlohmann::json> World::list(const std::string& kind, const std::string& selector) const {
  try {
    return api().list(type_of(kind), {.namespace_name = name_, .label_selector = selector}).items;
  } catch (const TransientError&) {
    return {};
  }
}

std::string World::condition(const std::string& migration, const std::string& type) const {
  const nlohmann::json object = get("databasemigration", migration);
  if (!object.contains("status")) return "";
  for (const nlohmann::json& condition : object["status"].value("conditions", nlohmann::json::array())) {
    if (condition.at("type") != type || condition.value("observedGeneration", 0) != object["metadata"]["generation"]) {
      continue;
    }
    return condition.at("status").get<std::string>() + "/" + condition.at("reason").get<std::string>();
  }
  return "";
}

bool World::becomes(const std::string& migration, const std::string& type, const std::string& status_and_reason,
                    int seconds) const {
  return eventually([&] { return condition(migration, type) == status_and_reason; }, seconds);
}

std::string World::story() const {
  std::string text;
  for (const char* what : {"databasemigrations", "jobs", "pods", "events"}) {
    text += kubectl({"get", what, "-o", "wide"}).out;
  }
  text +=
      kubectl({"get", "databasemigrations", "-o", "jsonpath={range .items[*]}{.metadata.name}{.status}{'\\n'}{end}"})
          .out;
  return text + kubectl({"logs", "-l", "sluice.dev/migration", "--all-containers", "--tail=40", "--prefix"}).out;
}

std::string World::sql(const std::string& statements) const {
  std::string out = must_say(psql_in_pod(name_, name_, statements), "psql");
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace support
