#include "operator/reconcile/pods.h"

#include <algorithm>
#include <cstdlib>

#include "common/report/names.h"
#include "operator/reconcile/job.h"

namespace reconcile {
namespace {

using kube::Object;
using kube::text_at;
using kube::value_at;

bool has_condition(const Object& object, const char* type) {
  for (const Object& each : value_at(object, "/status/conditions")) {
    if (text_at(each, "/type") == type && text_at(each, "/status") == "True") return true;
  }
  return false;
}

const Object& container_status(const Object& pod) {
  static const Object kNothing;
  for (const Object& each : value_at(pod, "/status/containerStatuses")) {
    if (text_at(each, "/name") == report::names::kMigrateContainer) return each;
  }
  return kNothing;
}

bool is_final(int code) {
  return std::find(std::begin(kFinalCodes), std::end(kFinalCodes), code) != std::end(kFinalCodes);
}

/// The attempt goes on in another pod: its Job ignores this one's end.
bool is_replaced(const Object& pod) {
  const Object& code = value_at(container_status(pod), "/state/terminated/exitCode");
  if (code.is_number_integer() && is_final(code.get<int>())) return false;
  const std::string phase = text_at(pod, "/status/phase");
  return phase == "Failed" && has_condition(pod, "DisruptionTarget");
}

void read_waiting(const Object& status, PodReport& report) {
  const std::string reason = text_at(status, "/state/waiting/reason");
  if (reason.empty() || reason == "PodInitializing" || reason == "ContainerCreating") return;
  report.waiting = reason;
  report.waiting_message = text_at(status, "/state/waiting/message");
}

void read_scheduling(const Object& pod, PodReport& report) {
  for (const Object& each : value_at(pod, "/status/conditions")) {
    if (text_at(each, "/type") != "PodScheduled" || text_at(each, "/status") != "False") continue;
    report.waiting = text_at(each, "/reason");
    report.waiting_message = text_at(each, "/message");
  }
}

void read_pod(const Object& pod, PodReport& report) {
  const Object& status = container_status(pod);
  report.present = true;
  report.image_id = text_at(status, "/imageID");
  read_scheduling(pod, report);
  for (const Object& each : value_at(pod, "/status/initContainerStatuses")) read_waiting(each, report);
  read_waiting(status, report);
  const Object& ended = value_at(status, "/state/terminated");
  report.started = ended.is_object() || value_at(status, "/state/running").is_object();
  const Object& code = value_at(ended, "/exitCode");
  if (!code.is_number_integer()) return;
  report.exit_code = code.get<int>();
  report.result = report::parse_result(text_at(ended, "/message"));
}

}  // namespace

bool is_controlled_by(const Object& object, const std::string& uid) {
  for (const Object& owner : value_at(object, "/metadata/ownerReferences")) {
    const Object& controls = value_at(owner, "/controller");
    if (text_at(owner, "/uid") == uid && controls.is_boolean() && controls.get<bool>()) return true;
  }
  return false;
}

PodReport read_pods(const std::vector<Object>& pods, const std::string& job_uid) {
  std::vector<const Object*> ours;
  for (const Object& each : pods) {
    if (is_controlled_by(each, job_uid) && !is_replaced(each)) ours.push_back(&each);
  }
  PodReport report;
  if (ours.empty()) return report;
  read_pod(*ours.front(), report);
  report.contradictory = ours.size() > 1;
  return report;
}

ObservedJob read_job(const Object& job) {
  ObservedJob read{.name = text_at(job, "/metadata/name"), .uid = text_at(job, "/metadata/uid")};
  read.attempt = std::atoi(kube::label_of(job, report::names::kLabelAttempt).c_str());
  if (has_condition(job, "Complete")) read.state = JobState::kComplete;
  if (has_condition(job, "Failed")) read.state = JobState::kFailed;
  read.deleting = !text_at(job, "/metadata/deletionTimestamp").empty();
  read.created = parse_time(text_at(job, "/metadata/creationTimestamp"));
  for (const Object& each : value_at(job, "/status/conditions")) {
    const std::string type = text_at(each, "/type");
    if (type == "Complete" || type == "Failed") read.finished = parse_time(text_at(each, "/lastTransitionTime"));
  }
  return read;
}

}  // namespace reconcile
