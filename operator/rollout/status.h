// operator/rollout/status.h: what stands under `status:` of a DatabaseRollout; written by the operator alone.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/condition.h"
#include "operator/rollout/spec.h"
#include "operator/rollout/steps.h"

namespace rollout {

using kube::Condition, kube::Time;

/// What the DatabaseMigration may do meanwhile: `status.migration`, which operator/reconcile reads.
enum class Permission { kHeld, kExpand, kContract };

/// The sequence under way, or the last one. Written before anything it speaks of is done.
struct Sequence {
  int number = 0;                   // counts up over the life of the resource; 0: there was none
  std::string id = {};              // follows from what it would do; approvals name it
  std::optional<Colour> from = {};  // who served; none: nobody
  Colour to = Colour::kBlue;
  Step step = Step::kDone;
  bool acted = false;   // what the step writes outside of this status is written
  bool raised = false;  // before the switch the new colour was scaled up once more
  std::string template_hash = {};
  std::int64_t generation = 0;  // of the spec that began it
  int replicas = 0;             // what the new colour was, or is to be, scaled to
  nlohmann::json old_selector = nullptr;
  std::string job = {};  // of the checks under way; empty: none
  int attempt = 0;       // of that Job
  std::optional<Step> failed_step = {};
  std::string reason = {}, message = {};  // why it failed
  std::optional<Time> started = {}, step_started = {}, finished = {};
  bool operator==(const Sequence&) const = default;
};

struct Handled {
  std::string retry = {}, abort = {}, approve = {};
  bool operator==(const Handled&) const = default;
};

struct HistoryEntry {
  int number = 0;
  std::string id = {}, to = {}, outcome = {}, reason = {};
  std::optional<Time> started = {}, finished = {};
  bool operator==(const HistoryEntry&) const = default;
};

inline constexpr std::size_t kHistoryLength = 10;

struct Status {
  std::int64_t observed_generation = -1;
  std::vector<Condition> conditions = {};
  std::optional<Colour> active = {};  // whom the Service was pointed at; none: nobody yet
  std::string active_template = {};   // its template's hash when it was switched to
  nlohmann::json selector = nullptr;  // the Service's, as last set or found; null: not known
  std::optional<Permission> migration = {};
  Sequence sequence = {};
  Handled handled = {};
  std::vector<HistoryEntry> history = {};  // newest first
  bool operator==(const Status&) const = default;
};

std::string word(Permission);

/// As the CRD has it; empty fields are left out.
nlohmann::json to_json(const Status&);
/// Whatever can be read of it: a field of another shape reads as if it weren't there.
Status parse_status(const nlohmann::json&);

}  // namespace rollout
