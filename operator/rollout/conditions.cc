#include "operator/rollout/conditions.h"

#include <algorithm>

namespace rollout {
namespace {

constexpr std::size_t kMostMessage = 1024;

class Builder {
 public:
  Builder(const Observed& seen, const Status& status, const Turn& turn) : seen_(seen), status_(status), turn_(turn) {}

  std::vector<Condition> build() {
    const Verdict& verdict = turn_.verdict;
    add("Ready", verdict.ready, verdict.reason, verdict.message);
    if (verdict.reconciling) add("Reconciling", true, verdict.reason, verdict.message);
    if (verdict.stalled) add("Stalled", true, verdict.reason, verdict.message);
    if (turn_.contested) add("Contested", true, verdict.reason, verdict.message);
    add_active_changed();
    if (status_.sequence.number > 0) add_steps();
    return std::move(list_);
  }

 private:
  const Sequence& last() const { return status_.sequence; }

  void add(const std::string& type, bool is_true, const std::string& reason, const std::string& message) {
    const char* status = is_true ? "True" : "False";
    const Condition* before = kube::find(seen_.status.conditions, type);
    // Of another sequence: its time says nothing about this one.
    const bool same = before && before->status == status && seen_.status.sequence.number == last().number;
    list_.push_back({.type = type,
                     .status = status,
                     .observed_generation = seen_.generation,
                     .last_transition = same ? before->last_transition : seen_.now,
                     .reason = reason.empty() ? "Unknown" : reason,
                     .message = kube::cut(message, kMostMessage)});
  }

  /// operator-protocol, Roll-outs 2: not ours to gate.
  void add_active_changed() {
    if (!status_.active) return;
    const ColourSeen& active = seen_.colour(*status_.active);
    if (!active.found || active.template_hash == status_.active_template) return;
    add("ActiveChanged", true, "TemplateChanged",
        "the pod template of " + seen_.spec.deployment(*status_.active) +
            " changed while it serves: its pods are replaced without checks, migration or switch");
  }

  /// What a step said when it passed; else that it did.
  std::string passed_message(const std::string& type) const {
    for (const kube::Event& each : turn_.events) {
      if (each.reason == type && !each.warning) return each.note;
    }
    const Condition* before = kube::find(seen_.status.conditions, type);
    const bool same = before && before->status == "True" && seen_.status.sequence.number == last().number;
    return same ? before->message : "done";
  }

  void add_steps() {
    const std::vector<Step>& all = steps_forward(last().from.has_value());
    const Step reached = last().failed_step.value_or(last().step);
    const auto end = std::find(all.begin(), all.end(), reached);  // Done: all of them
    for (auto each = all.begin(); each != end; ++each) add_passed(*each);
    if (end == all.end()) return;
    const std::string type = condition_type(*end);
    if (last().failed_step) {
      add(type, false, last().reason, last().message);
      return add_went_back();
    }
    add(type, false, turn_.verdict.reason, turn_.verdict.message);
  }

  void add_passed(Step step) {
    const std::string type = condition_type(step);
    const bool undone = step == Step::kSwitch && last().failed_step && last().from &&
                        (status_.active == last().from || is_over(last().step));
    if (undone) return add(type, false, "SwitchedBack", "the Service selects the old colour again");
    if (step == Step::kContract && left_undone()) {
      return add(type, false, "LeftUndone", "spec.target changed before the migration contracted");
    }
    add(type, true, "Passed", passed_message(type));
  }

  bool left_undone() const {
    const auto says_so = [](const kube::Event& each) { return each.reason == "ContractLeftUndone"; };
    if (std::any_of(turn_.events.begin(), turn_.events.end(), says_so)) return true;
    const Condition* before = kube::find(seen_.status.conditions, "Contracted");
    return before && before->reason == "LeftUndone" && seen_.status.sequence.number == last().number;
  }

  void add_went_back() {
    if (!last().from) return;
    const bool is_there = last().step == Step::kFailed;
    add("WentBack", is_there, is_there ? "OldServes" : "GoingBack",
        is_there ? seen_.spec.deployment(*last().from) + " serves as before" : turn_.verdict.message);
  }

  const Observed& seen_;
  const Status& status_;
  const Turn& turn_;
  std::vector<Condition> list_;
};

}  // namespace

std::vector<Condition> conditions(const Observed& seen, const Status& status, const Turn& turn) {
  return Builder(seen, status, turn).build();
}

}  // namespace rollout
