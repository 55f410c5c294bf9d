// tests/support/cluster.h: the real Kubernetes cluster of the tests: kubectl, and one world (namespace, database) per
// test.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"

namespace support {

using Files = std::map<std::string, std::string>;  // name -> text

/// kubectl against the cluster that tests/cluster/fixture.sh brought up.
Finished kubectl(const std::vector<std::string>& arguments, const std::string& input = "");
/// The same; throws with stderr where it fails.
std::string must_kubectl(const std::vector<std::string>& arguments, const std::string& input = "");
/// Runs a program inside the cluster's network, where service names resolve and pods have their addresses.
std::vector<std::string> inside_cluster(std::vector<std::string> argv);
/// The path of an administrator's.
std::string cluster_kubeconfig();
/// deploy/cluster/part.sh: stop, start, kill, restart, pause, resume of etcd, apiserver, …
void cluster_part(const std::string& verb, const std::string& part);
/// A file beside the logs of the cluster's parts: searched like theirs at the end of all tests.
std::string cluster_log(const std::string& name);
/// The images the fixture loaded.
std::string migrator_image();
std::string postgres_image();

/// What every password of the tests holds, and what marked rows hold: neither may be found anywhere outside.
inline constexpr const char* kPasswordMark = "pwZq7";
inline constexpr const char* kRowMark = "rowZq7";

/// One namespace with a database of its own on the cluster's shared server, its URL in Secret `db`, key `url`.
/// At its end every status, event, log and object of the namespace is searched for the marks (guides S13); then
/// everything is gone.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::string& name() const { return name_; }          // of the namespace and the database
  const std::string& password() const { return password_; }  // of the database's owner
  std::string url() const;

  Finished kubectl(std::vector<std::string> arguments, const std::string& input = "") const;
  void apply(nlohmann::json object) const;
  void remove(const std::string& kind, const std::string& name) const;
  void config_map(const std::string& name, const Files& files) const;
  void secret(const std::string& name, const Files& values) const;

  /// Creates or replaces DatabaseMigration `name`: a default spec (database from Secret db, ConfigMap `migrations`)
  /// merge-patched by `changes`.
  void migration(const std::string& name, const nlohmann::json& changes = nlohmann::json::object()) const;
  void annotate(const std::string& name, const std::string& key, const std::string& value) const;

  /// Null: not there, or the API server is away.
  nlohmann::json get(const std::string& kind, const std::string& name) const;
  /// None, too, while the API server is away.
  std::vector<nlohmann::json> list(const std::string& kind, const std::string& selector = "") const;
  /// The condition's status and reason of a DatabaseMigration, as "True/UpToDate"; "": absent.
  std::string condition(const std::string& migration, const std::string& type) const;
  /// Waits until the condition is so; false (and the resource printed as a failure's detail) after `seconds`.
  bool becomes(const std::string& migration, const std::string& type, const std::string& status_and_reason,
               int seconds = 90) const;
  /// What to print when a test fails: the resource, Jobs, pods, events.
  std::string story() const;

  /// psql -At in the database, as its owner.
  std::string sql(const std::string& statements) const;

 private:
  void expect_no_secrets() const;
  std::string name_, password_;
};

/// A spec.backup that writes to a folder on the node; that folder, and its files.
nlohmann::json backup_to_node(const World&);
std::string folder_on_node(const World&);
std::vector<std::string> backups_on_node(const World&);

}  // namespace support
