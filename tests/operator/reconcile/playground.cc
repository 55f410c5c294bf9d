#include "tests/operator/reconcile/playground.h"

#include <set>
#include <stdexcept>

#include "common/error.h"
#include "common/report/names.h"
#include "tests/support/apiserver.h"

namespace playground {
namespace {

using nlohmann::json;

bool has_ended(const kube::Object& job) {
  for (const json& each : kube::value_at(job, "/status/conditions")) {
    if (each.value("type", "") == "Complete" || each.value("type", "") == "Failed") return true;
  }
  return false;
}

json condition_of(const char* type) {
  return {{"type", type}, {"status", "True"}, {"lastTransitionTime", "2026-01-31T12:00:00Z"}};
}

}  // namespace

kube::Api& api() { return support::ApiServer::shared().api(); }

report::Result good() {
  return {.code = report::ExitCode::kDone, .run = "r1", .target = "heads", .heads = {"001"}, .applied = 1};
}

Playground::Playground(reconcile::Settings settings)
    : api_(playground::api()), space_(support::ApiServer::shared().new_namespace()) {
  reconcile_ = reconcile::make_controller(api_, caches_, clock_, settings);
}

void Playground::write_migration(const std::string& name, const json& changes) {
  json spec = json::parse(R"({"database": {"urlFrom": {"secretKeyRef": {"name": "db", "key": "url"}}},
                              "migrations": {"configMaps": ["files"]}})");
  spec.merge_patch(changes);
  const json object = {{"apiVersion", "sluice.dev/v1alpha1"},
                       {"kind", "DatabaseMigration"},
                       {"metadata", {{"name", name}, {"namespace", space_}}},
                       {"spec", spec}};
  static_cast<void>(api_.apply(kube::types::database_migration(), object, {.field_manager = "user"}));
}

void Playground::write_config_map(const std::string& name, const json& data, const json& binary) {
  const json object = {{"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"metadata", {{"name", name}, {"namespace", space_}}},
                       {"data", data},
                       {"binaryData", binary}};
  static_cast<void>(api_.apply(kube::types::config_map(), object, {.field_manager = "user"}));
}

void Playground::annotate(const std::string& name, const std::string& key, const std::string& value) {
  static_cast<void>(api_.patch(kube::types::database_migration(), {space_, name},
                               {{"metadata", {{"annotations", {{key, value}}}}}}, kube::Subresource::kNone));
}

void Playground::release() {
  write_config_map("files", kFiles);
  write_migration("shop");
  look("shop");
  end_job(good());
  look("shop");
}

void Playground::create_pod(const kube::Object& owner, const std::string& name) {
  const json reference = {{"apiVersion", owner["apiVersion"]},
                          {"kind", owner["kind"]},
                          {"name", owner["metadata"]["name"]},
                          {"uid", owner["metadata"]["uid"]},
                          {"controller", true}};
  const json labels = {{"sluice.dev/migration", kube::label_of(owner, "sluice.dev/migration")}};
  const json pod = {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       {{"name", name}, {"namespace", space_}, {"labels", labels}, {"ownerReferences", json::array({reference})}}},
      {"spec", {{"containers", json::array({{{"name", "migrate"}, {"image", "i"}}})}, {"restartPolicy", "Never"}}}};
  if (api_.create(kube::types::pod(), pod).outcome != kube::CreateOutcome::kCreated) throw std::runtime_error(name);
}

void Playground::set_pod(const std::string& name, const std::string& phase, const json& state) {
  const json container = {{"name", "migrate"}, {"image", "i"},      {"imageID", "i@sha256:1"},
                          {"ready", false},    {"restartCount", 0}, {"state", state}};
  const json status = {{"phase", phase}, {"containerStatuses", json::array({container})}};
  static_cast<void>(api_.patch(kube::types::pod(), {space_, name}, {{"status", status}}, kube::Subresource::kStatus));
}

void Playground::run_pod(const kube::Object& job, const std::string& name) {
  create_pod(job, name);
  set_pod(name, "Running", {{"running", {{"startedAt", "2026-01-31T12:00:00Z"}}}});
}

void Playground::add_pod(const kube::Object& owner, const std::string& name, int code, const std::string& message) {
  create_pod(owner, name);
  set_pod(name, code == 0 ? "Succeeded" : "Failed", {{"terminated", {{"exitCode", code}, {"message", message}}}});
}

void Playground::report_as_pod(const std::string& name, int code, const std::string& message, const json& metadata) {
  json object = {{"apiVersion", "v1"},
                 {"kind", "Pod"},
                 {"metadata", {{"name", name}, {"namespace", space_}, {"labels", {{"sluice.dev/reports", "shop"}}}}},
                 {"spec",
                  {{"initContainers", json::array({{{"name", "sluice-migrate"}, {"image", "i"}}})},
                   {"containers", json::array({{{"name", "shop"}, {"image", "i"}}})}}}};
  if (metadata.is_object()) object["metadata"].merge_patch(metadata);
  if (api_.create(kube::types::pod(), object).outcome != kube::CreateOutcome::kCreated) throw std::runtime_error(name);
  const json ended = {{"exitCode", code}, {"message", message}, {"finishedAt", "2026-01-31T12:00:00Z"}};
  const json status = {{"initContainerStatuses", json::array({{{"name", "sluice-migrate"},
                                                               {"image", "i"},
                                                               {"imageID", "i@sha256:1"},
                                                               {"ready", code == 0},
                                                               {"restartCount", 0},
                                                               {"state", {{"terminated", ended}}}}})}};
  static_cast<void>(api_.patch(kube::types::pod(), {space_, name}, {{"status", status}}, kube::Subresource::kStatus));
}

kube::Object Playground::live_job() {
  for (kube::Object& job : list(kube::types::job())) {
    if (!has_ended(job)) return job;
  }
  throw std::runtime_error("no Job is live");
}

void Playground::end(const kube::Object& job, bool is_good) {
  json status = {{"startTime", "2026-01-31T12:00:00Z"},
                 {"conditions", json::array({condition_of(is_good ? "SuccessCriteriaMet" : "FailureTarget"),
                                             condition_of(is_good ? "Complete" : "Failed")})}};
  status[is_good ? "succeeded" : "failed"] = 1;
  if (is_good) status["completionTime"] = "2026-01-31T12:00:00Z";
  static_cast<void>(
      api_.patch(kube::types::job(), kube::name_of(job), {{"status", status}}, kube::Subresource::kStatus));
}

void Playground::end_job(report::Result result) {
  const kube::Object job = live_job();
  // As the migrator: who was told a digest says it at a good end.
  if (result.code == report::ExitCode::kDone && result.digest.empty())
    result.digest = kube::annotation_of(job, report::names::kAnnotationDigest);
  add_pod(job, kube::name_of(job).name + "-x", static_cast<int>(result.code), report::to_json(result));
  end(job, result.code == report::ExitCode::kDone);
}

void Playground::end_job_alone(bool is_good) { end(live_job(), is_good); }

void Playground::replace_operator(const reconcile::Settings& settings) { replace_operator(settings, api_, clock_); }

void Playground::replace_operator(const reconcile::Settings& settings, kube::Api& api, const Clock& clock) {
  reconcile_ = reconcile::make_controller(api, caches_, clock, settings);
}

void Playground::refresh(const kube::ResourceType& type, runtime::Store& store) {
  std::set<kube::ObjectName> keep;
  for (kube::Object& each : list(type)) {
    keep.insert(kube::name_of(each));
    store.put(std::move(each));
  }
  static_cast<void>(store.retain(space_, keep));
}

void Playground::refresh() {
  refresh_jobs();
  refresh(kube::types::pod(), caches_.pods);
  refresh(kube::types::pod(), caches_.reporters);
}

void Playground::refresh_also(Playground& other) {
  for (kube::Object& each : other.list(kube::types::database_migration())) caches_.migrations.put(std::move(each));
}

void Playground::refresh_jobs() {
  refresh(kube::types::database_migration(), caches_.migrations);
  refresh(kube::types::job(), caches_.jobs);
  refresh(kube::types::config_map(), caches_.config_maps);
}

std::optional<std::chrono::milliseconds> Playground::look(const std::string& name) {
  refresh();
  return look_with_old_caches(name);
}

std::optional<std::chrono::milliseconds> Playground::look_with_old_caches(const std::string& name) {
  return reconcile_({space_, name});
}

kube::Object Playground::migration(const std::string& name) {
  return api_.get(kube::types::database_migration(), {space_, name}).value_or(nullptr);
}

std::vector<kube::Object> Playground::list(const kube::ResourceType& type) {
  return api_.list(type, {.namespace_name = space_}).items;
}

std::string Playground::condition(const std::string& name, const std::string& type) {
  const kube::Object seen = migration(name);
  for (const json& each : kube::value_at(seen, "/status/conditions")) {
    if (each["type"] == type) return each["status"].get<std::string>() + "/" + each["reason"].get<std::string>();
  }
  return "-";
}

std::string Playground::message(const std::string& name, const std::string& type) {
  const kube::Object seen = migration(name);
  for (const json& each : kube::value_at(seen, "/status/conditions")) {
    if (each["type"] == type) return kube::text_at(each, "/message");
  }
  return {};
}

}  // namespace playground
