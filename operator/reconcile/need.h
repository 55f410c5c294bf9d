// operator/reconcile/need.h: whether a run is needed, and why.
#pragma once
#include <chrono>
#include <optional>

#include "operator/reconcile/verdict.h"

namespace reconcile {

enum class Why {
  kChanged,   ///< never run, or other inputs than the last run's
  kAsked,     ///< the retry annotation has a value not handled yet
  kAnswered,  ///< the spec changed after a failure
  kApproved,  ///< the plan may go ahead
  kMustPlan,  ///< the run was refused because the plan had changed: plan again
  kRetry,     ///< after a failure that may pass
  kResync,    ///< spec.resync is over
  kReported,  ///< spec.runBy: Pods, it isn't ready, and pods say what no Job has looked at
};

/// Either a reason to run, now or in `wait`; or none, and `settled` says where it stands.
struct Need {
  std::optional<Why> why = {};
  std::chrono::seconds wait{0};         // with kRetry, kResync and kReported: until it is due
  std::optional<Verdict> settled = {};  // without `why`; with kResync and kReported where it stands meanwhile
};

inline constexpr std::size_t kShortestApproval = 12;  // letters of a plan's hash in the annotation

/// From the last attempt, which has ended (or there was none). `inputs`, `spec`: hashes of what is wanted now.
Need need(const Observed&, const Status&, const std::string& inputs, const std::string& spec);

/// The plan of these inputs may go ahead: approved by the annotation, or nothing in it needs approval.
bool is_approved(const Observed&, const Status&, const std::string& inputs);
/// There is a plan of these inputs.
bool has_plan(const Status&, const std::string& inputs);

/// None: nothing that spec.dependsOn names holds the run back. Waiting is no failure; a cycle is one.
std::optional<Verdict> held_by(const std::vector<ObservedDependency>&);

/// "a, b".
std::string joined(const std::vector<std::string>&);

}  // namespace reconcile
