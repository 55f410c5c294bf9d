#include "operator/reconcile/pod.h"

#include <algorithm>

#include "common/report/names.h"
#include "operator/reconcile/inputs.h"

namespace reconcile {
namespace {

using Json = nlohmann::json;
using report::names::kEnvAgain, report::names::kEnvApprovedPlan, report::names::kEnvBackupDir,
    report::names::kEnvDatabaseUrl, report::names::kEnvExpectDigest, report::names::kEnvMaintenanceUrl,
    report::names::kEnvMigrations, report::names::kEnvOnly, report::names::kEnvSpec;

// Stands for inline files in what the migrator is told: the pod's volume has the ConfigMap's real name.
constexpr const char* kInlineFiles = "inline-files";

class Environment {
 public:
  void text(std::string_view name, const std::string& value) {
    if (!value.empty()) list_.push_back({{"name", name}, {"value", literal(value)}});
  }
  void secret(std::string_view name, const std::optional<spec::SecretKeyRef>& ref) {
    if (!ref) return;
    list_.push_back({{"name", name}, {"valueFrom", {{"secretKeyRef", {{"name", ref->name}, {"key", ref->key}}}}}});
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Json& each : list_) names.push_back(each["name"]);
    return names;
  }
  Json take() { return std::move(list_); }

 private:
  Json list_ = Json::array();
};

/// Names of the resource's own PG* for the container (a client certificate, PGOPTIONS): said there, so they count.
std::vector<std::string> libpq_names(const Json& pod_template) {
  std::vector<std::string> names;
  if (!pod_template.is_object()) return names;
  const Json spec = pod_template.value("spec", Json::object());
  for (const Json& container : spec.value("containers", Json::array())) {
    for (const Json& each : container.value("env", Json::array())) {
      if (const std::string name = each.value("name", ""); name.starts_with("PG")) names.push_back(name);
    }
  }
  return names;
}

void add_database(Environment& environment, const spec::Database& database) {
  environment.secret(kEnvDatabaseUrl, database.url_from);
  environment.text("PGHOST", database.host);
  if (!database.host.empty()) environment.text("PGPORT", std::to_string(database.port));
  environment.text("PGDATABASE", database.name);
  environment.secret("PGUSER", database.user_from);
  environment.secret("PGPASSWORD", database.password_from);
  environment.text("PGSSLMODE", database.ssl_mode);
  environment.secret(kEnvMaintenanceUrl, database.maintenance_url_from);
  if (!database.ssl_root_cert_from) return;
  environment.text("PGSSLROOTCERT", std::string(paths::kTls) + "/ca.crt");
  // libpq wants a file, hence the volume; but only a missing variable shows in the pod's state as what it is.
  environment.secret("SLUICE_SSL_ROOT_CERT", database.ssl_root_cert_from);
}

std::string comma_separated(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& each : ids) text += (text.empty() ? "" : ",") + each;
  return text;
}

/// Last: what the image or envFrom says beside our own words doesn't count.
void seal(Environment& environment, const Json& pod_template) {
  std::vector<std::string> names = environment.names();
  for (const std::string& each : libpq_names(pod_template)) names.push_back(each);
  environment.text(kEnvOnly, comma_separated(names));
}

std::string migrations_folder(const spec::Migrations& migrations) {
  if (migrations.image) return migrations.image->path;
  if (migrations.volume && !migrations.volume_path.empty()) {
    return std::string(paths::kMigrations) + "/" + migrations.volume_path;
  }
  return paths::kMigrations;
}

void add(Volumes& out, const char* name, Json volume, const char* path, bool read_only) {
  volume["name"] = name;
  out.volumes.push_back(std::move(volume));
  Json mount = {{"name", name}, {"mountPath", path}};
  if (read_only) mount["readOnly"] = true;
  out.mounts.push_back(std::move(mount));
}

Json joined_config_maps(const std::vector<std::string>& names) {
  Json sources = Json::array();
  for (const std::string& each : names) sources.push_back({{"configMap", {{"name", each}}}});
  return {{"projected", {{"sources", sources}}}};
}

void add_source(Volumes& out, const Observed& seen, const RunStatus& run) {
  const spec::Migrations& migrations = seen.resource.spec.migrations;
  if (migrations.image) {
    add(out, "sluice-bin", {{"emptyDir", Json::object()}}, paths::kBin, true);
  } else if (migrations.volume) {
    add(out, "sluice-migrations", *migrations.volume, paths::kMigrations, true);
  } else {
    const bool is_inline = migrations.config_maps.empty();
    add(out, "sluice-migrations",
        joined_config_maps(is_inline ? std::vector<std::string>{inline_name(run.job)} : migrations.config_maps),
        paths::kMigrations, true);
  }
}

/// The user's entries after ours; of two with one name the user's stays.
void merge_named(Json& ours, const Json& users) {
  for (const Json& each : users) {
    const auto same = [&](const Json& other) { return other.value("name", "") == each.value("name", "-"); };
    ours.erase(std::remove_if(ours.begin(), ours.end(), same), ours.end());
    ours.push_back(each);
  }
}

void append(Json& ours, const char* key, const Json& users) {
  if (!users.contains(key)) return;
  if (!ours.contains(key)) ours[key] = Json::array();
  for (const Json& each : users[key]) ours[key].push_back(each);
}

void merge_container(Json& ours, const Json& users) {
  for (const char* key : {"resources", "envFrom", "imagePullPolicy"}) {
    if (users.contains(key)) ours[key] = users[key];
  }
  if (users.contains("env")) merge_named(ours["env"], users["env"]);
  append(ours, "volumeMounts", users);
  if (users.contains("securityContext")) ours["securityContext"].update(users["securityContext"]);
}

void merge_sidecars(Json& spec, const Json& users) {
  if (!users.contains("initContainers")) return;
  for (Json each : users["initContainers"]) {
    Json security = container_security();
    if (each.contains("securityContext")) security.update(each["securityContext"]);
    each["securityContext"] = security;
    spec["initContainers"].push_back(each);
  }
}

void merge_spec(Json& spec, const Json& users) {
  for (const char* key : {"serviceAccountName", "nodeSelector", "tolerations", "affinity", "topologySpreadConstraints",
                          "priorityClassName", "schedulerName", "dnsConfig", "dnsPolicy"}) {
    if (users.contains(key)) spec[key] = users[key];
  }
  append(spec, "imagePullSecrets", users);
  append(spec, "volumes", users);
  if (users.contains("securityContext")) spec["securityContext"].update(users["securityContext"]);
  merge_sidecars(spec, users);
  for (const Json& each : users.value("containers", Json::array())) merge_container(spec["containers"][0], each);
}

}  // namespace

std::string literal(const std::string& text) {
  std::string out;
  for (const char each : text) out += each == '$' ? "$$" : std::string(1, each);
  return out;
}

std::string spec_for_migrator(const Observed& seen) {
  spec::DatabaseMigration resource = seen.resource;
  resource.name = seen.name;
  resource.namespace_name = seen.namespace_name;
  spec::Migrations& migrations = resource.spec.migrations;
  if (!migrations.inline_files.empty()) migrations.config_maps = {kInlineFiles};
  migrations.inline_files.clear();
  // What only concerns the pod; a change of it must not change what the migrator is told.
  resource.spec.pod_template = nullptr;
  return spec::to_json(resource).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json container_security() {
  return {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"capabilities", {{"drop", Json::array({"ALL"})}}}};
}

Json render_environment(const Observed& seen, const RunStatus& run) {
  Environment environment;
  environment.text(kEnvSpec, spec_for_migrator(seen));
  environment.text(kEnvMigrations, migrations_folder(seen.resource.spec.migrations));
  environment.text(kEnvExpectDigest, run.expected_digest);
  environment.text(kEnvApprovedPlan, run.approved_plan);
  if (run.again) environment.text(kEnvAgain, "1");
  if (run.kind == Kind::kContract) environment.text(report::names::kEnvPhase, "all");
  environment.text(report::names::kEnvQuestions, comma_separated(run.questions));
  environment.text(report::names::kEnvExpectAnswers, run.expect_answers);
  if (seen.resource.spec.backup.mode != spec::BackupMode::kNone) environment.text(kEnvBackupDir, paths::kBackups);
  add_database(environment, seen.resource.spec.database);
  // The root is read-only and the user has no home: tools that want to write there find this one.
  environment.text("HOME", "/tmp");
  seal(environment, seen.resource.spec.pod_template);
  return environment.take();
}

Volumes render_volumes(const Observed& seen, const RunStatus& run) {
  Volumes out;
  add_source(out, seen, run);
  const spec::Backup& backup = seen.resource.spec.backup;
  if (backup.mode != spec::BackupMode::kNone && backup.volume) {
    add(out, "sluice-backups", *backup.volume, paths::kBackups, false);
  }
  if (const auto& from = seen.resource.spec.database.ssl_root_cert_from) {
    const Json items = Json::array({{{"key", from->key}, {"path", "ca.crt"}}});
    add(out, "sluice-tls", {{"secret", {{"secretName", from->name}, {"items", items}, {"optional", true}}}},
        paths::kTls, true);
  }
  add(out, "sluice-tmp", {{"emptyDir", Json::object()}}, "/tmp", false);
  return out;
}

Json merge_template(Json pod_template, const Json& users) {
  if (!users.is_object()) return pod_template;
  const Json metadata = users.value("metadata", Json::object());
  for (const char* key : {"labels", "annotations"}) {
    Json merged = metadata.value(key, Json::object());
    if (pod_template["metadata"].contains(key)) merged.update(pod_template["metadata"][key]);
    if (!merged.empty()) pod_template["metadata"][key] = merged;
  }
  merge_spec(pod_template["spec"], users.value("spec", Json::object()));
  return pod_template;
}

}  // namespace reconcile
