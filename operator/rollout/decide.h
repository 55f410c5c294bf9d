// operator/rollout/decide.h: works out what to do next about one DatabaseRollout.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "operator/kube/event.h"
#include "operator/rollout/observed.h"

namespace rollout {

/// One write to the Deployment's `scale`.
struct Scale {
  std::string deployment = {}, resource_version = {};
  int replicas = 0;
  bool operator==(const Scale&) const = default;
};
/// Of the Service, as long as it is still the one that was seen.
struct SetSelector {
  nlohmann::json selector = nullptr;
  std::string resource_version = {};
  bool operator==(const SetSelector&) const = default;
};
/// The Job that status.sequence.job names.
struct StartChecks {
  bool operator==(const StartChecks&) const = default;
};
using Action = std::variant<std::monostate, Scale, SetSelector, StartChecks>;

/// In the order to carry out.
struct Decision {
  std::vector<kube::Event> events = {};
  std::optional<Status> status = {};                             // none: as it is. Written before anything is done
  Action action = {};                                            // at most one write outside of the status a look
  std::optional<Status> after = {};                              // written once the action was done
  std::optional<std::chrono::milliseconds> check_again_in = {};  // none: wait for the next event
};

/// Pure: no clock, no I/O, no log, does not change its input. Rules and their numbers: docs/operator-protocol.md,
/// Roll-outs 2 to 4.
///
/// Guarantees: the Service is pointed only at a colour with available pods; the old colour is scaled down only after
/// the switch was verified and drained; the migration may contract only when no pod of the old colour is left; what
/// others write to the Service's selector or to replicas isn't written over.
Decision decide(const Observed&);

/// Name of the Job that runs the checks of this step and attempt.
std::string check_job_name(const Observed&, const Sequence&);

}  // namespace rollout
