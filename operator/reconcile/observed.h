// operator/reconcile/observed.h: one snapshot of the cluster: everything decide() may look at, and nothing else.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "common/report/result.h"
#include "common/spec/spec.h"
#include "operator/reconcile/status.h"

namespace reconcile {

/// What the pods of one Job say. Only the container `migrate` is read (operator-protocol, Jobs 2), only pods that the
/// Job controls, and none that was evicted.
struct PodReport {
  bool present = false;                            // there is a pod
  bool started = false;                            // `migrate` runs or has run
  std::optional<int> exit_code = {};               // of `migrate`; none: not ended, or no pod is left
  std::optional<report::Result> result = {};       // its termination message; none: missing or unparsable
  bool contradictory = false;                      // several pods claim to be the attempt
  std::string waiting = {}, waiting_message = {};  // why it hasn't started: "ErrImagePull", "Unschedulable", …
  std::string image_id = {};                       // of `migrate`
};

enum class JobState { kLive, kComplete, kFailed };

/// A Job that the resource controls.
struct ObservedJob {
  std::string name = {}, uid = {};
  int attempt = 0;                   // its label
  JobState state = JobState::kLive;  // kFailed only with the condition Failed: FailureTarget isn't the end
  bool deleting = false;
  std::optional<Time> created = {}, finished = {};
  PodReport pod = {};
  bool has_files = true;  // its ConfigMap of inline files is there, where there are any
};

/// What is known of the migrations' content.
struct Content {
  std::string digest = {};                   // report::files_digest; empty: not known to the operator (image, volume)
  std::vector<std::string> missing = {};     // ConfigMaps that aren't there
  std::vector<std::string> duplicates = {};  // "001.sql in a and b"
};

struct ObservedDependency {
  std::string name = {};  // NAMESPACE/NAME
  bool found = false;
  bool granted = true;  // false: in another namespace that didn't grant it (Trust 4)
  bool ready = false;   // Ready=True for its current generation
  bool cycle = false;   // it waits for us, directly or not
};

/// What DatabaseRollouts that reference the migration keep from it: who does; empty: nobody (Roll-outs 2).
struct HeldByRollout {
  std::string expand = {}, contract = {};
};

/// A pod of those that spec.consumers selects, or a template that makes such pods.
struct ObservedConsumer {
  std::string kind = {}, name = {}, uid = {};
  std::optional<std::string> annotation = {};  // sluice.dev/requires; none: it has none
  bool terminating = false;
};

/// Who uses the database, asked of the API server at this very look (operator-protocol, Roll-outs 1). Pods: all that
/// haven't ended, Terminating and Unknown included. Templates: of ReplicaSets, StatefulSets, DaemonSets and Argo
/// Rollouts with desired > 0, and of CronJobs that aren't suspended.
struct ObservedConsumers {
  std::vector<ObservedConsumer> all = {};  // by kind, then name
  bool with_templates = false;             // they were asked for, too
  std::string problem = {};                // why they can't be counted; empty: they are complete
};

/// From the pod's log, where the operator may read logs.
struct Progress {
  std::string step = {};
  std::string text = {};  // "3 of 40"
  bool going_back = false;
};

struct Observed {
  std::string name = {}, namespace_name = {}, uid = {};
  std::string resource_version = {};
  std::int64_t generation = 0;
  bool deleting = false;
  std::string retry = {}, cancel = {}, approve = {};  // annotations
  spec::DatabaseMigration resource = {};              // meaningful only without problems
  std::vector<spec::Problem> problems = {};           // of the spec, the policy included
  Content content = {};
  Status status = {};                  // as last written
  nlohmann::json stored = {};          // the same, with all that lies on the server
  std::vector<ObservedJob> jobs = {};  // all that the resource controls
  std::vector<ObservedDependency> dependencies = {};
  HeldByRollout held = {};
  std::optional<Progress> progress = {};
  ObservedConsumers consumers = {};         // none declared: empty
  std::chrono::seconds contract_quiet{60};  // nothing about consumers changes for so long before contract
  std::vector<ReportStatus> reports = {};   // what init containers say now, newest pod first, at most kMostReports
  std::string refused = {};                 // why the API server refused the Job just started; empty: it didn't
  bool refusal_may_pass = false;            // with that: a quota, a webhook, a right we lack, and not what the Job says
  bool slot_free = true;                    // --max-running isn't reached
  Time now{};
};

}  // namespace reconcile
