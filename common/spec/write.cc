#include "common/report/names.h"
#include "common/spec/spec.h"
#include "common/spec/words.h"

namespace spec {
namespace {

using Json = nlohmann::json;

void add(Json& json, const char* key, const std::optional<SecretKeyRef>& ref) {
  if (ref) json[key] = {{"secretKeyRef", {{"name", ref->name}, {"key", ref->key}}}};
}

void add(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

template <typename T>
void add(Json& json, const char* key, const std::vector<T>& list) {
  if (!list.empty()) json[key] = list;
}

Json write(const Database& database) {
  Json json = Json::object();
  add(json, "urlFrom", database.url_from);
  if (!database.host.empty()) {
    json["host"] = database.host;
    json["port"] = database.port;
    json["name"] = database.name;
  }
  add(json, "userFrom", database.user_from);
  add(json, "passwordFrom", database.password_from);
  add(json, "sslMode", database.ssl_mode);
  add(json, "sslRootCertFrom", database.ssl_root_cert_from);
  add(json, "maintenanceUrlFrom", database.maintenance_url_from);
  return json;
}

Json write(const Migrations& migrations) {
  Json json = {{"layout", words::of(words::kLayout, migrations.layout)}};
  add(json, "configMaps", migrations.config_maps);
  if (migrations.image) {
    Json& image = json["image"] = {{"reference", migrations.image->reference}};
    add(image, "path", migrations.image->path);
    add(image, "pullPolicy", migrations.image->pull_policy);
    add(image, "pullSecrets", migrations.image->pull_secrets);
  }
  if (migrations.volume) json["volume"] = *migrations.volume;
  add(json, "volumePath", migrations.volume_path);
  if (!migrations.inline_files.empty()) json["inline"] = {{"files", migrations.inline_files}};
  add(json, "command", migrations.command);
  return json;
}

Json write(const Apply& apply) {
  return {{"transaction", words::of(words::kTransaction, apply.transaction)},
          {"lockTimeout", format_duration(apply.lock_timeout)},
          {"lockWait", format_duration(apply.lock_wait)},
          {"statementTimeout", format_duration(apply.statement_timeout)},
          {"onBlocked", words::of(words::kOnBlocked, apply.on_blocked)}};
}

Json write(const Backup& backup) {
  Json json = {{"mode", words::of(words::kBackupMode, backup.mode)},
               {"keep", backup.keep},
               {"verify", words::of(words::kBackupVerify, backup.verify)},
               {"acceptLostWrites", backup.accept_lost_writes}};
  if (backup.volume) json["volume"] = *backup.volume;
  return json;
}

Json write(const Check& check) {
  Json json = {{"name", check.name},
               {"timeout", format_duration(check.timeout)},
               {"retries", check.retries},
               {"interval", format_duration(check.interval)}};
  if (check.http) {
    Json& http = json["http"] = {{"url", check.http->url}, {"status", check.http->status}};
    if (!check.http->headers.empty()) http["headers"] = check.http->headers;
  } else if (check.tcp) {
    json["tcp"] = {{"host", check.tcp->host}, {"port", check.tcp->port}};
  } else if (!check.sql.empty()) {
    json["sql"] = check.sql;
  } else if (!check.tables.empty()) {
    json["tables"] = check.tables;
  } else {
    json["heads"] = check.heads;  // may be empty: nothing is applied
  }
  return json;
}

Json write(const std::vector<Check>& checks) {
  Json json = Json::array();
  for (const Check& each : checks) json.push_back(write(each));
  return json;
}

void add_relations(Json& json, const DatabaseMigrationSpec& spec) {
  for (const Dependency& each : spec.depends_on) {
    Json dependency = {{"name", each.name}};
    add(dependency, "namespace", each.namespace_name);
    json["dependsOn"].push_back(dependency);
  }
  for (const Consumer& each : spec.consumers) json["consumers"].push_back({{"selector", each.selector}});
}

Json write(const DatabaseMigrationSpec& spec) {
  Json json = {{"database", write(spec.database)},
               {"migrations", write(spec.migrations)},
               {"target", spec.target},
               {"ledger", {{"table", spec.ledger.table}, {"schema", spec.ledger.schema}}},
               {"apply", write(spec.apply)},
               {"backup", write(spec.backup)},
               {"checks", {{"before", write(spec.checks.before)}, {"after", write(spec.checks.after)}}},
               {"onFailure", words::of(words::kOnFailure, spec.on_failure)},
               {"approval", words::of(words::kApproval, spec.approval)},
               {"suspend", spec.suspend},
               {"phase", words::of(words::kPhase, spec.phase)},
               {"runBy", words::of(words::kRunBy, spec.run_by)},
               {"resync", format_duration(spec.resync)},
               {"retry", {{"limit", spec.retry.limit}, {"backoff", format_duration(spec.retry.backoff)}}}};
  add_relations(json, spec);
  if (!spec.pod_template.is_null()) json["podTemplate"] = spec.pod_template;
  return json;
}

}  // namespace

Json to_json(const DatabaseMigration& resource) {
  Json metadata = {{"name", resource.name}};
  add(metadata, "namespace", resource.namespace_name);
  return {{"apiVersion", std::string(report::names::kGroup) + "/" + std::string(report::names::kVersion)},
          {"kind", report::names::kKind},
          {"metadata", metadata},
          {"spec", write(resource.spec)}};
}

}  // namespace spec
