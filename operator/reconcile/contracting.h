// operator/reconcile/contracting.h: whether contract may run, and what it waits for (operator-protocol, Roll-outs 1).
// Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// Where contract stands while something is left to contract and nothing else runs.
struct Contracting {
  std::string reason = {};  // of Contracted=False; empty: nothing is left to contract
  std::string message = {};
  bool may_start = false;
  std::string approved_plan = {};  // with may_start: empty where no approval is asked for
  std::optional<std::chrono::seconds> check_again_in = {};
};

/// `status`: its consumers are brought up to date. `inputs`, `spec`: hashes of what is wanted now. Meaningful only once
/// the expand phase is complete for these very inputs.
///
/// Contract starts when each consumer counted at this very look is new code and nothing about them has changed for
/// seen.contract_quiet; where none are declared, or spec.approval asks for it, when sluice.dev/approve names the plan.
/// A failed contract waits for a person: a new value of sluice.dev/retry, or a changed spec.
Contracting contracting(const Observed&, Status&, const std::string& inputs, const std::string& spec);

/// The contract run to start: its questions are what the count stands on, and it ends 40 where the answers are others
/// by the time it has the lock.
RunStatus contract_run(const Observed&, const Status&, const Contracting&);

/// The last contract run of these inputs could not go back: the database is as no phase leaves it.
bool leaves_a_person(const Status&, const std::string& inputs);

}  // namespace reconcile
