#include "operator/reconcile/read_consumers.h"

#include <algorithm>
#include <tuple>

#include "common/error.h"
#include "common/report/names.h"
#include "operator/kube/selector.h"

namespace reconcile {
namespace {

using kube::Object;
using kube::text_at;
using kube::value_at;

/// A pod that has ended uses nothing; of one whose node is lost (Unknown) nobody knows.
constexpr const char* kNotEnded = "status.phase!=Succeeded,status.phase!=Failed";

/// A type whose objects make pods, and where its template stands.
struct Maker {
  kube::ResourceType type = {};
  const char* pod_template = "";
  bool (*is_wanted)(const Object&) = nullptr;  // it makes pods now, or may any moment
};

std::int64_t number_at(const Object& object, const char* path, std::int64_t otherwise) {
  const Object& value = value_at(object, path);
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

bool has_replicas(const Object& object) { return number_at(object, "/spec/replicas", 1) > 0; }

bool is_on_some_node(const Object& daemon_set) {
  const bool is_seen =
      number_at(daemon_set, "/status/observedGeneration", -1) >= number_at(daemon_set, "/metadata/generation", 0);
  return !is_seen || number_at(daemon_set, "/status/desiredNumberScheduled", 0) > 0;
}

bool is_unsuspended(const Object& cron_job) {
  const Object& suspend = value_at(cron_job, "/spec/suspend");
  return !suspend.is_boolean() || !suspend.get<bool>();
}

const std::vector<Maker>& makers() {
  static const std::vector<Maker> all = {
      {{"apps", "v1", "replicasets", "ReplicaSet"}, "/spec/template", has_replicas},
      {{"apps", "v1", "statefulsets", "StatefulSet"}, "/spec/template", has_replicas},
      {{"apps", "v1", "daemonsets", "DaemonSet"}, "/spec/template", is_on_some_node},
      {{"batch", "v1", "cronjobs", "CronJob"}, "/spec/jobTemplate/spec/template", is_unsuspended},
      {{"argoproj.io", "v1alpha1", "rollouts", "Rollout"}, "/spec/template", has_replicas}};
  return all;
}

std::optional<std::string> annotation_of(const Object& metadata) {
  const Object& annotations = value_at(metadata, "/annotations");
  const auto found = annotations.is_object() ? annotations.find(report::names::kAnnotationRequires) : annotations.end();
  if (found == annotations.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

bool is_selected(const std::vector<spec::Consumer>& consumers, const Object& labels) {
  return std::any_of(consumers.begin(), consumers.end(),
                     [&](const spec::Consumer& each) { return kube::selects(each.selector, labels); });
}

bool is_migrator(const Object& labels) {
  return labels.is_object() && labels.contains(report::names::kLabelMigration) &&
         labels.value(std::string(report::names::kManagedBy), "") == report::names::kFieldManager;
}

ObservedConsumer consumer(const char* kind, const Object& object, const Object& metadata) {
  return {.kind = kind,
          .name = text_at(object, "/metadata/name"),
          .uid = text_at(object, "/metadata/uid"),
          .annotation = annotation_of(metadata),
          .terminating = !text_at(object, "/metadata/deletionTimestamp").empty()};
}

void add_pods(kube::Api& api, const std::string& space, const std::vector<spec::Consumer>& consumers,
              ObservedConsumers& out) {
  const kube::Selection selection{
      .namespace_name = space, .field_selector = kNotEnded, .detail = kube::Detail::kMetadata};
  for (const Object& pod : api.list(kube::types::pod(), selection).items) {
    const Object& labels = value_at(pod, "/metadata/labels");
    if (is_selected(consumers, labels) && !is_migrator(labels)) {
      out.all.push_back(consumer("Pod", pod, value_at(pod, "/metadata")));
    }
  }
}

std::vector<Object> all_of(kube::Api& api, const Maker& maker, const std::string& space) {
  try {
    return api.list(maker.type, {.namespace_name = space}).items;
  } catch (const PermanentError& error) {
    // 404: nobody installed that type, so nobody uses it.
    const bool is_optional = maker.type.group == "argoproj.io";
    if (is_optional && std::string(error.what()).find(": 404 ") != std::string::npos) return {};
    throw;
  }
}

void add_templates(kube::Api& api, const std::string& space, const std::vector<spec::Consumer>& consumers,
                   ObservedConsumers& out) {
  for (const Maker& maker : makers()) {
    for (const Object& object : all_of(api, maker, space)) {
      const Object& metadata = value_at(value_at(object, maker.pod_template), "/metadata");
      if (!maker.is_wanted(object) || !is_selected(consumers, value_at(metadata, "/labels"))) continue;
      out.all.push_back(consumer(maker.type.kind.c_str(), object, metadata));
    }
  }
}

}  // namespace

ObservedConsumers read_consumers(kube::Api& api, const std::string& namespace_name,
                                 const std::vector<spec::Consumer>& consumers, bool with_templates) {
  ObservedConsumers out;
  if (consumers.empty()) return out;
  try {
    add_pods(api, namespace_name, consumers, out);
    if (with_templates) add_templates(api, namespace_name, consumers, out);
    out.with_templates = with_templates;
  } catch (const PermanentError& error) {
    return {.problem = error.what()};
  }
  std::sort(out.all.begin(), out.all.end(), [](const ObservedConsumer& a, const ObservedConsumer& b) {
    return std::tie(a.kind, a.name, a.uid) < std::tie(b.kind, b.name, b.uid);
  });
  return out;
}

}  // namespace reconcile
