#include "operator/rollout/observe.h"

#include <algorithm>

#include "common/report/digest.h"
#include "common/report/names.h"
#include "common/report/result.h"
#include "operator/reconcile/pods.h"
#include "operator/rollout/rival.h"

namespace rollout {
namespace {

using kube::Object;
using kube::ObjectName;
using kube::text_at;
using kube::value_at;

int number_at(const Object& object, const char* pointer, int otherwise) {
  const Object& value = value_at(object, pointer);
  return value.is_number_integer() ? value.get<int>() : otherwise;
}

bool is_true(const Object& object, const std::string& type) {
  for (const Object& each : value_at(object, "/status/conditions")) {
    if (text_at(each, "/type") == type) return text_at(each, "/status") == "True";
  }
  return false;
}

/// "a=b,c=d": what a selector of labels is as a query.
std::string query_of(const Object& labels) {
  std::string query;
  for (const auto& [key, value] : labels.items()) {
    query += (query.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  }
  return query;
}

Pod read_pod(const Object& pod) {
  const bool deleting = !text_at(pod, "/metadata/deletionTimestamp").empty();
  return {.name = kube::name_of(pod).name,
          .ip = text_at(pod, "/status/podIP"),
          .ready = !deleting && is_true(pod, "Ready")};
}

bool has_ended(const Object& pod) {
  const std::string phase = text_at(pod, "/status/phase");
  return phase == "Succeeded" || phase == "Failed";
}

/// Of each container the Deployment's controller counts the ones of the newest template apart.
bool is_settled(const Object& deployment) {
  const int replicas = number_at(deployment, "/spec/replicas", 1);
  return number_at(deployment, "/status/observedGeneration", 0) >= number_at(deployment, "/metadata/generation", 0) &&
         number_at(deployment, "/status/updatedReplicas", 0) >= replicas &&
         number_at(deployment, "/status/replicas", 0) == number_at(deployment, "/status/updatedReplicas", 0);
}

class Reader {
 public:
  Reader(kube::Api& api, Observed& seen) : api_(api), seen_(seen) {}

  void read_world() {
    const bool is_under_way = !is_over(seen_.status.sequence.step);
    seen_.blue = read_colour(seen_.spec.blue, is_under_way);
    seen_.green = read_colour(seen_.spec.green, is_under_way);
    read_service();
    read_migration();
    if (!is_under_way) return;
    const Step step = seen_.status.sequence.step;
    if (step == Step::kRoute || step == Step::kRouteBack) read_endpoints();
    if (!seen_.status.sequence.job.empty()) read_check();
    read_autoscaler();
  }

 private:
  ObjectName named(const std::string& name) const { return {seen_.namespace_name, name}; }

  ColourSeen read_colour(const std::string& name, bool with_pods) {
    const std::optional<Object> deployment = api_.get(kube::types::deployment(), named(name));
    if (!deployment || !text_at(*deployment, "/metadata/deletionTimestamp").empty()) return {};
    ColourSeen colour{.found = true};
    colour.resource_version = text_at(*deployment, "/metadata/resourceVersion");
    const bool has_expressions = !value_at(*deployment, "/spec/selector/matchExpressions").empty();
    if (!has_expressions) colour.selector = value_at(*deployment, "/spec/selector/matchLabels");
    colour.labels = value_at(*deployment, "/spec/template/metadata/labels");
    colour.template_hash = template_hash(*deployment);
    colour.replicas = number_at(*deployment, "/spec/replicas", 1);
    colour.available = number_at(*deployment, "/status/availableReplicas", 0);
    colour.settled = is_settled(*deployment);
    if (with_pods && colour.selector.is_object() && !colour.selector.empty()) colour.pods = read_pods(colour.selector);
    return colour;
  }

  std::vector<Pod> read_pods(const Object& selector) {
    std::vector<Pod> pods;
    const kube::List list =
        api_.list(kube::types::pod(), {.namespace_name = seen_.namespace_name, .label_selector = query_of(selector)});
    for (const Object& each : list.items) {
      if (!has_ended(each)) pods.push_back(read_pod(each));
    }
    std::sort(pods.begin(), pods.end(), [](const Pod& a, const Pod& b) { return a.name < b.name; });
    return pods;
  }

  void read_service() {
    const std::optional<Object> service = api_.get(kube::types::service(), named(seen_.spec.service));
    if (!service) return;
    seen_.service.found = true;
    seen_.service.is_external = text_at(*service, "/spec/type") == "ExternalName";
    seen_.service.resource_version = text_at(*service, "/metadata/resourceVersion");
    const Object& selector = value_at(*service, "/spec/selector");
    if (selector.is_object()) seen_.service.selector = selector;
  }

  void read_endpoints() {
    const kube::List slices = api_.list(
        kube::types::endpoint_slice(),
        {.namespace_name = seen_.namespace_name, .label_selector = "kubernetes.io/service-name=" + seen_.spec.service});
    for (const Object& slice : slices.items) {
      for (const Object& each : value_at(slice, "/endpoints")) {
        const bool is_pod = text_at(each, "/targetRef/kind") == "Pod";
        seen_.endpoints.push_back({.pod = is_pod ? text_at(each, "/targetRef/name") : "",
                                   .ip = text_at(each, "/addresses/0"),
                                   .ready = value_at(each, "/conditions/ready") != false});
      }
    }
  }

  void read_migration() {
    const std::optional<Object> found = api_.get(kube::types::database_migration(), named(seen_.spec.migration));
    if (!found) return;
    MigrationSeen& migration = seen_.migration;
    migration.found = true;
    migration.restores = text_at(*found, "/spec/onFailure") == "restore";
    migration.contracts_at_once = text_at(*found, "/spec/phase") != "Expand";
    migration.contract_pending = number_at(*found, "/status/contractPending", 0);
    const int generation = number_at(*found, "/metadata/generation", 0);
    for (const Object& each : value_at(*found, "/status/conditions")) {
      const std::string type = text_at(each, "/type");
      const bool holds = text_at(each, "/status") == "True";
      const bool is_current = number_at(each, "/observedGeneration", 0) >= generation;
      if (type == "Ready") {
        migration.ready = holds && is_current;
        migration.reason = is_current ? text_at(each, "/reason") : "NotLookedAtYet";
        migration.message = is_current ? text_at(each, "/message") : "its newest spec";
      }
      if (type == "Stalled") migration.stalled = holds && is_current;
      if (type == "Contracted") {
        migration.contracted = text_at(each, "/status");
        migration.contract_reason = text_at(each, "/reason");
        migration.contract_message = text_at(each, "/message");
      }
    }
  }

  void read_check() {
    const std::optional<Object> job = api_.get(kube::types::job(), named(seen_.status.sequence.job));
    if (!job || !reconcile::is_controlled_by(*job, seen_.uid)) return;
    CheckSeen& check = seen_.check;
    check.found = true;
    const bool good = is_true(*job, "Complete");
    check.ended = good || is_true(*job, "Failed");
    if (!check.ended) return;
    check.code = good ? 0 : static_cast<int>(report::ExitCode::kInternal);
    if (!good) read_verdict(*job);
  }

  /// What the pod of a failed Job said.
  void read_verdict(const Object& job) {
    const std::string label = "batch.kubernetes.io/job-name=" + kube::name_of(job).name;
    const kube::List pods =
        api_.list(kube::types::pod(), {.namespace_name = seen_.namespace_name, .label_selector = label});
    for (const Object& pod : pods.items) {
      if (!reconcile::is_controlled_by(pod, text_at(job, "/metadata/uid"))) continue;
      const Object& ended = value_at(pod, "/status/containerStatuses/0/state/terminated");
      if (!ended.is_object()) continue;
      seen_.check.code = number_at(ended, "/exitCode", seen_.check.code);
      const std::optional<report::Result> result = report::parse_result(text_at(ended, "/message"));
      if (result) seen_.check.message = result->message;
    }
  }

  /// Only asked for where its answer matters.
  void read_autoscaler() {
    const Sequence& now = seen_.status.sequence;
    ColourSeen& fresh = now.to == Colour::kBlue ? seen_.blue : seen_.green;
    if (!fresh.found || fresh.replicas >= now.replicas || is_back(now.step)) return;
    const kube::List all = api_.list(kube::types::autoscaler(), {.namespace_name = seen_.namespace_name});
    for (const Object& each : all.items) {
      fresh.autoscaled =
          fresh.autoscaled || (text_at(each, "/spec/scaleTargetRef/kind") == "Deployment" &&
                               text_at(each, "/spec/scaleTargetRef/name") == seen_.spec.deployment(now.to));
    }
  }

  kube::Api& api_;
  Observed& seen_;
};

}  // namespace

std::string template_hash(const Object& deployment) {
  return report::sha256_hex(
             value_at(deployment, "/spec/template").dump(-1, ' ', false, Object::error_handler_t::replace))
      .substr(0, 16);
}

std::optional<Observed> observe(kube::Api& api, const Clock& clock, const ObjectName& name) {
  const std::optional<Object> rollout = api.get(kube::types::database_rollout(), name);
  if (!rollout) return std::nullopt;
  Observed seen{.name = name.name, .namespace_name = name.namespace_name};
  seen.now = std::chrono::floor<std::chrono::seconds>(clock.now());
  seen.uid = text_at(*rollout, "/metadata/uid");
  seen.resource_version = text_at(*rollout, "/metadata/resourceVersion");
  seen.generation = number_at(*rollout, "/metadata/generation", 0);
  seen.deleting = !text_at(*rollout, "/metadata/deletionTimestamp").empty();
  seen.retry = kube::annotation_of(*rollout, report::names::kAnnotationRetry);
  seen.abort = kube::annotation_of(*rollout, report::names::kAnnotationAbort);
  seen.approve = kube::annotation_of(*rollout, report::names::kAnnotationApprove);
  seen.stored = value_at(*rollout, "/status");
  seen.status = parse_status(seen.stored);
  ParsedSpec parsed = parse_spec(value_at(*rollout, "/spec"));
  seen.spec = std::move(parsed.spec);
  seen.problems = std::move(parsed.problems);
  if (seen.deleting || !seen.problems.empty()) return seen;
  const kube::Selection neighbours{.namespace_name = name.namespace_name};
  seen.rival = rival_of(*rollout, api.list(kube::types::database_rollout(), neighbours).items);
  Reader(api, seen).read_world();
  return seen;
}

}  // namespace rollout
