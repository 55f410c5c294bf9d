#include "tests/operator/rollout/stage.h"

#include <stdexcept>

#include "common/report/names.h"
#include "common/report/result.h"
#include "operator/rollout/controller.h"
#include "tests/support/apiserver.h"

namespace stage {
namespace {

using nlohmann::json;

kube::Api& server() { return support::ApiServer::shared().api(); }

json template_of(const json& labels) {
  return {{"metadata", {{"labels", labels}}}, {"spec", {{"containers", {{{"name", "app"}, {"image", "app:1"}}}}}}};
}

json condition_of(const char* type) {
  return {{"type", type}, {"status", "True"}, {"lastTransitionTime", "2026-01-31T12:00:00Z"}};
}

bool has_ended(const kube::Object& job) {
  for (const json& each : kube::value_at(job, "/status/conditions")) {
    if (each.value("type", "") == "Complete" || each.value("type", "") == "Failed") return true;
  }
  return false;
}

}  // namespace

Stage::Stage(const json& changes) : api_(server()), space_(support::ApiServer::shared().new_namespace()) {
  look_ = rollout::make_controller(api_, clock, {.migrator_image = "localhost/sluice:test"});
  create_deployment("blue", 2);
  create_deployment("green", 0);
  create(kube::types::service(), "shop",
         {{"spec", {{"ports", {{{"port", 80}}}}, {"selector", {{"app", "shop"}, {"colour", "blue"}}}}}});
  create(kube::types::config_map(), "files", {{"data", {{"001_a.up.sql", "select 1;"}}}});
  create(kube::types::database_migration(), "db",
         {{"spec",
           {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
            {"migrations", {{"configMaps", {"files"}}}},
            {"phase", "Expand"}}}});
  json spec = {{"migrationRef", {{"name", "db"}}},
               {"service", "shop"},
               {"blue", "shop-blue"},
               {"green", "shop-green"},
               {"target", "Blue"},
               {"verify", {{"for", "1s"}}}};
  spec.merge_patch(changes);
  create(kube::types::database_rollout(), "shop", {{"spec", spec}});
  set_migration_status({{"observedGeneration", 1}});
  follow();
}

void Stage::create(const kube::ResourceType& type, const std::string& name, json rest) {
  rest["apiVersion"] = type.api_version();
  rest["kind"] = type.kind;
  rest["metadata"]["name"] = name;
  rest["metadata"]["namespace"] = space_;
  if (api_.create(type, rest).outcome != kube::CreateOutcome::kCreated) throw std::runtime_error("create " + name);
}

void Stage::create_deployment(const std::string& colour, int count) {
  const json labels = {{"app", "shop"}, {"colour", colour}};
  create(kube::types::deployment(), "shop-" + colour,
         {{"spec", {{"replicas", count}, {"selector", {{"matchLabels", labels}}}, {"template", template_of(labels)}}}});
}

void Stage::wants(const std::string& colour) {
  static_cast<void>(api_.patch(kube::types::database_rollout(), {space_, "shop"}, {{"spec", {{"target", colour}}}},
                               kube::Subresource::kNone));
}

void Stage::add_rollout(const std::string& name, const json& changes) {
  json spec = rollout()["spec"];
  spec["target"] = "Green";
  spec.merge_patch(changes);
  create(kube::types::database_rollout(), name, {{"spec", spec}});
}

void Stage::remove_rollout(const std::string& name) {
  static_cast<void>(api_.remove(kube::types::database_rollout(), {space_, name}, {}));
}

void Stage::annotate(const std::string& key, const std::string& value) {
  static_cast<void>(api_.patch(kube::types::database_rollout(), {space_, "shop"},
                               {{"metadata", {{"annotations", {{key, value}}}}}}, kube::Subresource::kNone));
}

void Stage::set_status(const kube::ResourceType& type, const std::string& name, const json& status) {
  static_cast<void>(api_.patch(type, {space_, name}, {{"status", status}}, kube::Subresource::kStatus));
}

void Stage::set_migration_status(const json& status) {
  json whole = status;
  if (!whole.contains("conditions")) {
    json ready = condition_of("Ready");
    ready.update({{"reason", "UpToDate"}, {"message", "played"}, {"observedGeneration", 1}});
    whole["conditions"] = json::array({ready});
  }
  set_status(kube::types::database_migration(), "db", whole);
}

void Stage::follow() {
  for (const kube::Object& each : list(kube::types::deployment())) follow_deployment(each);
  follow_service();
  end_jobs();
}

void Stage::follow_deployment(const kube::Object& deployment) {
  const std::string name = kube::name_of(deployment).name;
  const json& labels = deployment["spec"]["template"]["metadata"]["labels"];
  const int wanted = deployment["spec"]["replicas"].get<int>();
  std::vector<kube::Object> pods = list(kube::types::pod(), "colour=" + labels["colour"].get<std::string>());
  for (std::size_t i = static_cast<std::size_t>(wanted); i < pods.size(); ++i) {
    static_cast<void>(api_.remove(kube::types::pod(), kube::name_of(pods[i]), {}));
  }
  for (int i = static_cast<int>(pods.size()); i < wanted; ++i) {
    const std::string pod = name + "-" + std::to_string(i);
    create(kube::types::pod(), pod,
           {{"metadata", {{"labels", labels}}}, {"spec", deployment["spec"]["template"]["spec"]}});
    const std::string ip = (labels["colour"] == "blue" ? "10.9.1." : "10.9.2.") + std::to_string(i + 1);
    set_status(kube::types::pod(), pod,
               {{"phase", "Running"},
                {"podIP", ip},
                {"podIPs", {{{"ip", ip}}}},
                {"conditions", json::array({condition_of("Ready")})}});
  }
  set_status(kube::types::deployment(), name,
             {{"observedGeneration", deployment["metadata"]["generation"]},
              {"replicas", wanted},
              {"updatedReplicas", wanted},
              {"readyReplicas", wanted},
              {"availableReplicas", wanted}});
}

void Stage::follow_service() {
  json endpoints = json::array();
  for (const kube::Object& pod : list(kube::types::pod(), "colour=" + selected())) {
    endpoints.push_back({{"addresses", {pod["status"]["podIP"]}},
                         {"conditions", {{"ready", true}}},
                         {"targetRef", {{"kind", "Pod"}, {"name", pod["metadata"]["name"]}, {"namespace", space_}}}});
  }
  const json slice = {
      {"apiVersion", "discovery.k8s.io/v1"},
      {"kind", "EndpointSlice"},
      {"metadata", {{"name", "shop-x"}, {"namespace", space_}, {"labels", {{"kubernetes.io/service-name", "shop"}}}}},
      {"addressType", "IPv4"},
      {"endpoints", endpoints},
      {"ports", {{{"name", ""}, {"port", 80}, {"protocol", "TCP"}}}}};
  static_cast<void>(api_.apply(kube::types::endpoint_slice(), slice, {.field_manager = "stage"}));
}

void Stage::end_jobs() {
  for (const kube::Object& job : list(kube::types::job())) {
    if (has_ended(job)) continue;
    const std::string name = kube::name_of(job).name;
    const bool is_check = kube::value_at(job, "/metadata/labels").contains("sluice.dev/rollout");
    const bool good = !is_check || checks_pass;
    const report::Result result =
        good
            ? report::Result{.code = report::ExitCode::kDone,
                             .run = "r",
                             .target = "heads",
                             .heads = {"001"},
                             .digest = kube::annotation_of(job, report::names::kAnnotationDigest)}
            : report::Result{.code = report::ExitCode::kCheckAfterFailed, .message = "check health failed: status 500"};
    json labels = job["metadata"]["labels"];
    labels["batch.kubernetes.io/job-name"] = name;
    const json owner = {{"apiVersion", "batch/v1"},
                        {"kind", "Job"},
                        {"name", name},
                        {"uid", job["metadata"]["uid"]},
                        {"controller", true}};
    create(kube::types::pod(), name + "-x",
           {{"metadata", {{"labels", labels}, {"ownerReferences", json::array({owner})}}},
            {"spec", {{"restartPolicy", "Never"}, {"containers", {{{"name", "c"}, {"image", "i"}}}}}}});
    const json ended = {{"exitCode", static_cast<int>(result.code)}, {"message", report::to_json(result)}};
    set_status(kube::types::pod(), name + "-x",
               {{"phase", good ? "Succeeded" : "Failed"},
                {"containerStatuses", json::array({{{"name", is_check ? "check" : "migrate"},
                                                    {"image", "i"},
                                                    {"imageID", "i"},
                                                    {"ready", false},
                                                    {"restartCount", 0},
                                                    {"state", {{"terminated", ended}}}}})}});
    json status = {{"startTime", "2026-01-31T12:00:00Z"},
                   {"conditions", json::array({condition_of(good ? "SuccessCriteriaMet" : "FailureTarget"),
                                               condition_of(good ? "Complete" : "Failed")})}};
    status[good ? "succeeded" : "failed"] = 1;
    if (good) status["completionTime"] = "2026-01-31T12:00:00Z";
    set_status(kube::types::job(), name, status);
  }
}

void Stage::look(const std::string& name) { static_cast<void>(look_({space_, name})); }

bool Stage::comes_to(const std::string& wanted) {
  for (int i = 0; i < 80 && step() != wanted; ++i) {
    follow();
    look();
    clock.advance(std::chrono::seconds(5));
  }
  return step() == wanted;
}

kube::Object Stage::rollout(const std::string& name) {
  return api_.get(kube::types::database_rollout(), {space_, name}).value_or(nullptr);
}

std::string Stage::condition(const std::string& type, const std::string& name) {
  const kube::Object seen = rollout(name);
  for (const json& each : kube::value_at(seen, "/status/conditions")) {
    if (each["type"] == type) return each["status"].get<std::string>() + "/" + each["reason"].get<std::string>();
  }
  return "-";
}

std::string Stage::selected() {
  const kube::Object service = api_.get(kube::types::service(), {space_, "shop"}).value_or(nullptr);
  return kube::text_at(service, "/spec/selector/colour");
}

int Stage::replicas(const std::string& deployment) {
  const kube::Object seen = api_.get(kube::types::deployment(), {space_, deployment}).value_or(nullptr);
  return kube::value_at(seen, "/spec/replicas").get<int>();
}

std::vector<kube::Object> Stage::list(const kube::ResourceType& type, const std::string& labels) {
  return api_.list(type, {.namespace_name = space_, .label_selector = labels}).items;
}

}  // namespace stage
