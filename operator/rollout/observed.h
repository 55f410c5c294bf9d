// operator/rollout/observed.h: one snapshot of the cluster: everything decide() may look at, and nothing else. All of
// it was read from the API server for this look, none of it from a cache.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "operator/rollout/spec.h"
#include "operator/rollout/status.h"

namespace rollout {

/// A pod that its colour's selector finds and that hasn't ended: Terminating and Unknown ones are here too.
struct Pod {
  std::string name = {}, ip = {};
  bool ready = false;  // and not being deleted
  bool operator==(const Pod&) const = default;
};

/// One Deployment.
struct ColourSeen {
  bool found = false;
  std::string resource_version = {};
  nlohmann::json selector = nullptr;  // spec.selector.matchLabels; null: it has expressions, no Service can have it
  nlohmann::json labels = nlohmann::json::object();  // of its pods
  std::string template_hash = {};
  int replicas = 0;         // spec
  int available = 0;        // ready for minReadySeconds
  bool settled = false;     // its controller has seen the spec, and every pod is of this template
  bool autoscaled = false;  // an autoscaler sets the replicas; only looked up where they are lower than we wrote
  std::vector<Pod> pods = {};
  bool operator==(const ColourSeen&) const = default;
};

struct ServiceSeen {
  bool found = false;
  bool is_external = false;  // type ExternalName: there is nothing to switch
  std::string resource_version = {};
  nlohmann::json selector = nlohmann::json::object();
};

/// Where the Service sends traffic: one address of its EndpointSlices.
struct Endpoint {
  std::string pod = {}, ip = {};  // pod: empty where it is none
  bool ready = false;
};

struct MigrationSeen {
  bool found = false;
  bool restores = false;                  // spec.onFailure: restore
  bool contracts_at_once = false;         // spec.phase isn't Expand
  bool ready = false, stalled = false;    // for its current generation
  std::string reason = {}, message = {};  // of Ready
  int contract_pending = 0;
  std::string contracted = {};  // status of the condition Contracted; empty: absent
  std::string contract_reason = {}, contract_message = {};
};

/// The Job of the checks that the status names.
struct CheckSeen {
  bool found = false;
  bool ended = false;
  int code = 0;              // of its container, where it has ended; 70: not known
  std::string message = {};  // what it said at its end
};

struct Observed {
  std::string name = {}, namespace_name = {}, uid = {}, resource_version = {};
  std::int64_t generation = 0;
  bool deleting = false;
  std::string retry = {}, abort = {}, approve = {};  // annotations
  Spec spec = {};                                    // meaningful only without problems
  std::vector<spec::Problem> problems = {};
  Status status = {};          // as last written
  nlohmann::json stored = {};  // the same, with all that lies on the server
  ColourSeen blue = {}, green = {};
  ServiceSeen service = {};
  std::vector<Endpoint> endpoints = {};
  MigrationSeen migration = {};
  CheckSeen check = {};
  std::string rival = {};  // what another DatabaseRollout has before this one; empty: nothing
  Time now{};
  const ColourSeen& colour(Colour which) const { return which == Colour::kBlue ? blue : green; }
};

}  // namespace rollout
