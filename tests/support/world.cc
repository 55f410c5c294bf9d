#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include "common/error.h"
#include "operator/kube/client.h"
#include "operator/kube/http.h"
#include "tests/support/cluster.h"
#include "tests/support/objects.h"

namespace support {
namespace {

const kube::ResourceType kNamespace{"", "v1", "namespaces", "Namespace", false};
constexpr const char* kDatabases = "databases";  // namespace of the shared server, see tests/cluster/fixture.sh

std::string random_hex(int length) {
  static std::mt19937_64 random(std::random_device{}());
  std::string text;
  for (int i = 0; i < length; ++i) text += "0123456789abcdef"[random() % 16];
  return text;
}

// What is asked again and again is asked here: each kubectl costs a fifth of a second of processor.
kube::Client& api() {
  static kube::Client client(
      [] {
        kube::pass_over_system_authorities();
        return kube::find_config(cluster_kubeconfig(), "");
      }(),
      {});
  return client;
}

// By the words that kubectl takes, too.
const kube::ResourceType& type_named(const std::string& kind) {
  static const kube::ResourceType rollout{"argoproj.io", "v1alpha1", "rollouts", "Rollout"};
  static const std::map<std::string, const kube::ResourceType*> types = {
      {"configmap", &kube::types::config_map()},
      {"databasemigration", &kube::types::database_migration()},
      {"databaserollout", &kube::types::database_rollout()},
      {"dbm", &kube::types::database_migration()},
      {"deployment", &kube::types::deployment()},
      {"event", &kube::types::event()},
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
      const nlohmann::json object = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
      if (api().create(kNamespace, object).outcome > kube::CreateOutcome::kAlreadyExists) return false;
      return api().get({"", "v1", "serviceaccounts", "ServiceAccount"}, {name, "default"}).has_value();
    } catch (const TransientError&) {
      return false;
    }
  };
  if (!eventually(made, 180)) throw std::runtime_error("namespace " + name + " has no ServiceAccount");
}

// By the address that pods use. In a pod it would cost a container's start each time. A server that a test stopped, or
// a node that is still thought lost, comes back.
std::string psql(const std::string& database, const std::string& role, const std::string& password,
                 const std::string& statements) {
  static const std::string address = kube::text_at(
      api().get(kube::types::service(), {kDatabases, "postgres"}).value_or(kube::Object()), "/spec/clusterIP");
  const TemporaryFolder folder;
  const std::vector<std::string> argv =
      inside_cluster({"psql", "-X", "-At", "-q", "-v", "ON_ERROR_STOP=1", "-h", address, "-U", role, "-d", database,
                      "-f", folder.write("statements.sql", statements)});
  constexpr int kNoConnection = 2;
  Finished done;
  eventually([&] {
    done = run_program(argv, {"PGPASSWORD=" + password});
    return done.code != kNoConnection;
  });
  if (done.code != 0) throw std::runtime_error("psql: " + done.err);
  return done.out;
}

// tests/cluster/postgres.yaml
void psql_as_superuser(const std::string& statements) {
  psql("postgres", "postgres", "only-for-the-superuser-of-the-tests", statements);
}

// All containers' logs, however long.
std::string logs_of(const kube::Object& pod) {
  std::string all;
  for (const char* containers : {"/spec/initContainers", "/spec/containers"}) {
    for (const kube::Object& each : kube::value_at(pod, containers)) {
      const kube::LogOptions whole{.container = each.at("name"), .tail_lines = 1'000'000, .limit_bytes = 100'000'000};
      try {
        all += api().log(kube::name_of(pod), whole).value_or("");
      } catch (const Error&) {
        // It went meanwhile. tests/cluster/fixture.sh keeps what it said.
      }
    }
  }
  return all;
}

}  // namespace

World::World() : name_("t-" + random_hex(8)), password_(kPasswordMark + random_hex(16)) {
  psql_as_superuser("create role \"" + name_ + "\" login createdb password '" + password_ + "';\n" +
                    "grant pg_signal_backend to \"" + name_ + "\";\n" + "create database \"" + name_ + "\" owner \"" +
                    name_ + "\";");
  make_namespace(name_);
  secret("db", {{"url", url()}});
}

// Secrets hold the password by their nature, and ConfigMaps what the test put there; nothing else may. Logs of pods
// that are gone already are searched at the end of all tests (tests/cluster/fixture.sh), with the operator's.
void World::expect_no_secrets() const {
  std::string all;
  const auto objects = [&] {
    all.clear();
    try {
      for (const char* kind : {"databasemigrations", "databaserollouts", "jobs", "pods", "events"}) {
        for (const kube::Object& object : api().list(type_named(kind), {.namespace_name = name_}).items) {
          all += object.dump() + "\n";
        }
      }
      return true;
    } catch (const TransientError&) {
      return false;
    }
  };
  EXPECT_TRUE(eventually(objects)) << "the objects of " << name_ << " could not be searched";
  for (const nlohmann::json& pod : list("pods")) all += logs_of(pod);
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
  try {
    static_cast<void>(api().remove(kNamespace, {"", name_}, {}));
    std::error_code still_in_use;
    std::filesystem::remove_all(folder_on_node(*this), still_in_use);
    // With what a restore has put aside.
    psql_as_superuser(
        "select format('drop database %I with (force)', datname) from pg_database "
        "where datdba = '\"" +
        name_ + "\"'::regrole \\gexec\ndrop role \"" + name_ + "\";");
  } catch (const std::exception& error) {
    ADD_FAILURE() << "leaves " << name_ << " behind: " << error.what();
  }
}

std::string World::url() const {
  return "postgresql+asyncpg://" + name_ + ":" + password_ + "@postgres." + kDatabases + ".svc.cluster.local:5432/" +
         name_;
}

Finished World::kubectl(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.begin(), {"--namespace", name_});
  return support::kubectl(arguments, input);
}

void World::apply(nlohmann::json object) const {
  object["metadata"]["namespace"] = name_;
  const auto applied = [&] {
    try {
      support::apply(api(), object);
      return true;
    } catch (const TransientError&) {
      return false;
    }
  };
  if (!eventually(applied))
    throw std::runtime_error("the API server stays away: " + kube::name_of(object).name + " is not applied");
}

void World::remove(const std::string& kind, const std::string& name) const {
  const auto uid = [&] {
    return kube::text_at(api().get(type_named(kind), {name_, name}).value_or(kube::Object()), "/metadata/uid");
  };
  const std::string removed = uid();
  if (api().remove(type_named(kind), {name_, name}, {}) == kube::WriteOutcome::kNotFound) return;
  if (!eventually([&] { return uid() != removed; })) throw std::runtime_error(kind + " " + name + " stays");
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
  const kube::Object patch{{"metadata", {{"annotations", {{key, value}}}}}};
  const kube::WriteOutcome outcome =
      api().patch(kube::types::database_migration(), {name_, name}, patch, kube::Subresource::kNone).outcome;
  if (outcome != kube::WriteOutcome::kDone) throw std::runtime_error("not annotated: " + name);
}

nlohmann::json World::get(const std::string& kind, const std::string& name) const {
  try {
    return api().get(type_named(kind), {name_, name}).value_or(nlohmann::json());
  } catch (const TransientError&) {
    return {};
  }
}

std::vector<nlohmann::json> World::list(const std::string& kind, const std::string& selector) const {
  try {
    return api().list(type_named(kind), {.namespace_name = name_, .label_selector = selector}).items;
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
  std::string out = psql(name_, name_, password_, statements);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

}  // namespace support
