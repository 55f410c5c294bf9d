// operator/reconcile/status.h: what stands under `status:`; written by the operator alone. docs/resource.md describes
// each field for users.
#pragma once
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace reconcile {

using Time = std::chrono::sys_seconds;

/// "2026-01-31T08:15:00Z" and back; none: not such a time.
std::string format_time(Time);
std::optional<Time> parse_time(const std::string& text);

struct Condition {
  std::string type = {};
  std::string status = {};  // True, False, Unknown
  std::int64_t observed_generation = 0;
  Time last_transition{};
  std::string reason = {};  // one CamelCase word
  std::string message = {};
  bool operator==(const Condition&) const = default;
};

enum class Kind { kRun, kPlan };

/// The plan that awaits approval, or was approved last.
struct PlanStatus {
  std::string hash = {};
  int steps = 0;
  bool destructive = false;
  std::string inputs = {};  // what it was made from; empty: used up, the next run needs a new one
  bool operator==(const PlanStatus&) const = default;
};

/// The last attempt, or the one under way. Written before its Job is created: what isn't named here isn't ours.
struct RunStatus {
  Kind kind = Kind::kRun;
  std::string id = {};   // sluice_run.run
  std::string job = {};  // empty: never started anything
  int attempt = 0;       // counts up over the life of the resource, so that no Job's name comes twice
  std::string inputs = {};
  std::string spec = {};             // hash of the whole spec, as of the start
  std::string expected_digest = {};  // what the migrator was told to expect
  std::string approved_plan = {};
  std::string retry = {};        // value of the annotation it answers
  bool again = false;            // a person asked: the migrator runs although these files failed before
  bool verifying = false;        // the same had succeeded before: Ready stays while it runs
  std::optional<int> code = {};  // none: it runs
  std::string reason = {};       // report::reason(code), or ResultLost, SourceChanged, Cancelled, Superseded
  std::string message = {}, next = {};
  int failures = 0;                  // failed attempts in a row, this one included
  int counted = 0;                   // of those, the ones that reached the database
  std::optional<bool> healthy = {};  // the checks' verdict; none: no check ran
  std::string step = {}, progress = {};
  std::optional<Time> started = {}, finished = {};
  std::int64_t took_ms = 0;
  bool operator==(const RunStatus&) const = default;
};

struct BackupStatus {
  std::string file = {};
  std::int64_t size_bytes = 0;
  std::string sha256 = {};
  std::string job = {};
  std::optional<Time> finished = {};
  bool operator==(const BackupStatus&) const = default;
};

/// Annotations as last acted on.
struct HandledStatus {
  std::string retry = {}, cancel = {}, approve = {};
  bool operator==(const HandledStatus&) const = default;
};

struct HistoryEntry {
  int attempt = 0;
  Kind kind = Kind::kRun;
  std::string job = {}, id = {};
  int code = 0;
  std::string reason = {}, target = {};
  int applied = 0;
  std::optional<Time> started = {}, finished = {};
  bool operator==(const HistoryEntry&) const = default;
};

inline constexpr std::size_t kHistoryLength = 10;

struct Status {
  std::int64_t observed_generation = -1;
  std::vector<Condition> conditions = {};  // in the order of operator-protocol, Status 5
  std::vector<std::string> heads = {};
  std::string target = {};
  std::optional<int> pending = {};  // none: no run has told
  int contract_pending = 0;
  std::string digest = {};
  std::string image_id = {};
  std::optional<PlanStatus> plan = {};
  RunStatus run = {};
  std::optional<BackupStatus> backup = {};
  HandledStatus handled = {};
  std::vector<HistoryEntry> history = {};  // newest first
  bool operator==(const Status&) const = default;
};

/// As the CRD has it; empty fields are left out.
nlohmann::json to_json(const Status&);
/// Whatever can be read of it: a field of another shape reads as if it weren't there.
Status parse_status(const nlohmann::json&);

/// The condition of that type; null: absent.
const Condition* find(const std::vector<Condition>&, const std::string& type);

}  // namespace reconcile
