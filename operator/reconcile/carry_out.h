// operator/reconcile/carry_out.h: does what was decided.
#pragma once
#include <string>

#include "operator/kube/api.h"
#include "operator/reconcile/decide.h"
#include "operator/reconcile/job.h"

namespace reconcile {

enum class Carried {
  kDone,
  kOutdated,  ///< somebody wrote the resource in between: look again
  kGone,      ///< the resource or its namespace is going away: nothing more to do
  kRefused,   ///< the API server refuses the Job, and there is none; `why` says why
};
struct CarriedOut {
  Carried outcome = Carried::kDone;
  std::string why = {};               // with kRefused
  bool may_pass = false;              // with kRefused: not for what the Job says, or its name is somebody else's
  std::string resource_version = {};  // of the resource, after its status was written; empty: it wasn't
};

/// Flow: events; status, with the observed resourceVersion; Job and its ConfigMap of inline files; deletions. Killed
/// anywhere in between, the next look does the rest: every name follows from what is in the status. Guarantees: no Job
/// is created that the status doesn't name; none is deleted whose result isn't in the status. An event that can't be
/// told is passed over. Throws what Api throws, but for refusals of the Job.
CarriedOut carry_out(const Observed&, const Decision&, kube::Api&, const JobOptions&);

}  // namespace reconcile
