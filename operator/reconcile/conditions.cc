#include "operator/reconcile/conditions.h"

#include "operator/kube/event.h"

namespace reconcile {
namespace {

constexpr std::size_t kMostMessage = 2000;

class Builder {
 public:
  Builder(const Observed& seen, const Status& status, const Verdict& verdict, const Contracting& contracting)
      : seen_(seen), status_(status), verdict_(verdict), contracting_(contracting) {}

  std::vector<Condition> build() {
    add("Ready", verdict_.ready, verdict_.reason, verdict_.message);
    if (verdict_.reconciling) add("Reconciling", true, verdict_.reason, verdict_.message);
    if (verdict_.stalled) add("Stalled", true, verdict_.reason, verdict_.message);
    add_migrated();
    add_backed_up();
    add_healthy();
    add_approved();
    add_contracted();
    return std::move(list_);
  }

 private:
  const RunStatus& run() const { return status_.run; }
  bool ended_with(report::ExitCode code) const {
    return run().kind == Kind::kRun && run().code == static_cast<int>(code) && run().reason != reasons::kResultLost;
  }

  void add(const std::string& type, bool is_true, const std::string& reason, const std::string& message) {
    const char* status = is_true ? "True" : "False";
    const Condition* before = find(seen_.status.conditions, type);
    const bool same = before && before->status == status;
    list_.push_back({.type = type,
                     .status = status,
                     .observed_generation = seen_.generation,
                     .last_transition = same ? before->last_transition : seen_.now,
                     .reason = reason,
                     .message = kube::cut(message, kMostMessage)});
  }

  /// As it was, for what the last run said nothing about.
  void keep(const std::string& type) {
    if (const Condition* before = find(seen_.status.conditions, type)) {
      list_.push_back(*before);
      list_.back().observed_generation = seen_.generation;
    }
  }

  void add_migrated() {
    if (verdict_.ready || ended_with(report::ExitCode::kCheckAfterFailed)) {
      return add("Migrated", true, "Applied", "all steps as far as the phase allows are applied");
    }
    add("Migrated", false, verdict_.reason, verdict_.message);
  }

  void add_backed_up() {
    if (seen_.problems.empty() && seen_.resource.spec.backup.mode == spec::BackupMode::kNone) return;
    if (ended_with(report::ExitCode::kBackupFailed)) return add("BackedUp", false, "BackupFailed", run().message);
    if (status_.backup && status_.backup->job == run().job) {
      return add("BackedUp", true, "BackupDone", status_.backup->file);
    }
    keep("BackedUp");
  }

  void add_healthy() {
    const std::optional<bool> told = status_.run.healthy;
    if (!told) return keep_while_unchanged();
    add("Healthy", *told, *told ? "ChecksPassed" : "CheckFailed",
        *told ? "the checks passed" : (run().message.empty() ? "a check failed" : run().message));
  }

  void keep_while_unchanged() {
    // A new run makes the old verdict on another content worthless; a run under way or nothing to do doesn't.
    if (status_.run.inputs == seen_.status.run.inputs) keep("Healthy");
  }

  void add_approved() {
    if (!seen_.problems.empty()) return keep("Approved");
    if (seen_.resource.spec.approval == spec::Approval::kNotRequired && verdict_.reason != "AwaitingApproval") return;
    if (verdict_.reason == "AwaitingApproval") {
      return add("Approved", false, "AwaitingApproval", verdict_.message);
    }
    if (!run().approved_plan.empty()) return add("Approved", true, "PlanApproved", "plan " + run().approved_plan);
    keep("Approved");
  }

  void add_contracted() {
    if (!contracting_.reason.empty()) return add("Contracted", false, contracting_.reason, contracting_.message);
    // Not worked out at this look, as while another run goes on: as it was.
    const Condition* before = find(seen_.status.conditions, "Contracted");
    if (status_.contract_pending > 0 && before && before->status == "False" && before->reason != "ContractRunning") {
      return keep("Contracted");
    }
    if (status_.contract_pending > 0) {
      return add("Contracted", false, "OldCodeRunning",
                 std::to_string(status_.contract_pending) + " contract step(s) wait for the old code to go");
    }
    if (verdict_.ready && find(seen_.status.conditions, "Contracted")) {
      add("Contracted", true, "NothingPending", "no contract step waits");
    }
  }

  const Observed& seen_;
  const Status& status_;
  const Verdict& verdict_;
  const Contracting& contracting_;
  std::vector<Condition> list_;
};

}  // namespace

std::vector<Condition> conditions(const Observed& seen, const Status& status, const Verdict& verdict,
                                  const Contracting& contracting) {
  return Builder(seen, status, verdict, contracting).build();
}

}  // namespace reconcile
