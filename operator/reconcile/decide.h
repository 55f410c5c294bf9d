// operator/reconcile/decide.h: works out what to do next about one DatabaseMigration.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/event.h"
#include "operator/reconcile/observed.h"

namespace reconcile {

enum class DeleteWhy { kOld, kReplace };
struct DeleteJob {
  std::string name = {}, uid = {};
  DeleteWhy why = DeleteWhy::kOld;  // kReplace: its pods must be gone before the Job is (one live Job a resource)
  bool operator==(const DeleteJob&) const = default;
};

/// In the order to carry out.
struct Decision {
  std::vector<kube::Event> events = {};
  std::optional<Status> status = {};    // none: as it is. Written before anything is started or deleted
  std::optional<RunStatus> start = {};  // the Job to create: status.run of `status`
  std::vector<DeleteJob> remove = {};
  std::optional<std::chrono::seconds> check_again_in = {};  // none: wait for the next event
  bool operator==(const Decision&) const = default;
};

/// Pure: no clock, no I/O, no log, does not change its input. Rules and their numbers: docs/operator-protocol.md.
///
/// Flow: take in what ended; if a Job is live leave it alone (or cancel it, or replace one that never started); else
/// work out whether a run is needed, what forbids it, and start it. Guarantees: at most one live Job; no attempt's
/// Job name comes twice; a Job is removed only after its result stands in the status.
Decision decide(const Observed&);

}  // namespace reconcile
