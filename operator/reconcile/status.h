// operator/reconcile/status.h: what stands under `status:`; written by the operator alone. docs/resource.md describes
// each field for users.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "common/report/answer.h"
#include "operator/kube/condition.h"

namespace reconcile {

using kube::Condition, kube::Time;
using kube::find, kube::format_time, kube::parse_time;

/// kVerify looks and changes nothing: with spec.runBy: Pods it stands where a run would. kSurvey does the same, and
/// kContract runs what phase Expand holds back: these run beside status.run, whose end they don't touch.
enum class Kind { kRun, kPlan, kVerify, kSurvey, kContract };

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
  std::string database = {};         // hash of where it works, as of the start
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
  std::vector<std::string> questions = {};  // ids that consumers name, as asked
  std::string expect_answers = {};          // kContract: what was answered when the consumers were counted
  bool operator==(const RunStatus&) const = default;
};

/// What an init container of the application said at its end. Forgeable: it starts a Job that looks, and nothing else
/// (operator-protocol, Trust 4).
struct ReportStatus {
  std::string pod = {}, uid = {};
  int code = 0;                         // the container's
  std::string reason = {};              // report::reason(code), or Unreadable: no word that fits it
  std::vector<std::string> heads = {};  // sorted
  std::optional<Time> finished = {};
  int attempt = 0;                    // that verifies it; 0: none yet
  std::optional<bool> verified = {};  // a Job of ours found these heads; none: none has looked
  bool operator==(const ReportStatus&) const = default;
};

inline constexpr const char* kUnreadable = "Unreadable";
inline constexpr std::size_t kMostReports = 20;

/// What the last Job said of a revision that consumers name.
struct RevisionStatus {
  std::string id = {};
  report::Answer answer = report::Answer::kUnknown;
  bool taken_back = false;  // it had been applied and isn't any more
  bool operator==(const RevisionStatus&) const = default;
};

/// Who was counted while contract waits.
struct ConsumersStatus {
  int counted = 0, old = 0;
  std::string set = {};                   // hash of who was counted
  std::optional<Time> since = {};         // when that set was first seen
  std::vector<std::string> outside = {};  // names of pods whose range the database has left, as told by events
  bool operator==(const ConsumersStatus&) const = default;
};

/// Looks at the database and changes nothing.
inline bool is_look(const RunStatus& run) { return run.kind == Kind::kVerify || run.kind == Kind::kSurvey; }

/// Runs beside status.run: in status.contract or status.survey.
inline bool is_beside(const RunStatus& run) { return run.kind == Kind::kSurvey || run.kind == Kind::kContract; }

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
  std::string database = {};  // hash of where heads and revisions were read
  std::string target = {};
  std::optional<int> pending = {};  // none: no run has told
  int contract_pending = 0;
  std::string contract_plan = {};  // with that: the first characters of its plan's hash
  std::string digest = {};
  std::string image_id = {};
  std::optional<PlanStatus> plan = {};
  RunStatus run = {};
  std::optional<RunStatus> contract = {}, survey = {};  // the last ones, or the one under way
  std::vector<ReportStatus> reports = {};               // newest pod first
  std::vector<RevisionStatus> revisions = {};           // by id
  std::optional<ConsumersStatus> consumers = {};
  std::optional<BackupStatus> backup = {};
  HandledStatus handled = {};
  std::vector<HistoryEntry> history = {};  // newest first
  bool operator==(const Status&) const = default;
};

/// As the CRD has it; empty fields are left out.
nlohmann::json to_json(const Status&);
/// Whatever can be read of it: a field of another shape reads as if it weren't there.
Status parse_status(const nlohmann::json&);

/// What was answered about that id; none: it wasn't asked.
std::optional<report::Answer> answer_about(const Status&, const std::string& id);

}  // namespace reconcile
