// common/report/result.h: what a run says at its end: at most 1,024 bytes in /dev/termination-log (operator-protocol,
// Jobs 2).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/report/exit_code.h"

namespace report {

inline constexpr std::size_t kMaxResultBytes = 1024;

/// What was taken before the run changed anything.
struct BackupReport {
  std::string file = {};  // name inside the backup folder, never a path with credentials
  std::int64_t size_bytes = 0;
  std::string sha256 = {};  // hex
};

/// The end of one run. Fixed core first: code, run, target, heads.
struct Result {
  ExitCode code = ExitCode::kInternal;
  std::string reason = {};              // more exact than the code: LockHeld, SourceChanged; empty: the code says it
  std::string run = {};                 // id of this run (sluice_run.run); empty: never got that far
  std::string target = {};              // as asked for
  std::vector<std::string> heads = {};  // the ledger's effective heads at the end
  int applied = 0;                      // steps done by this run, in either direction
  int pending = 0;                      // steps still to do towards the target
  int contract_pending = 0;             // contract steps held back by phase Expand
  std::string contract_plan = {};       // with those: the first characters of the hash of the plan that runs them
  std::string answers = {};             // one report::Answer a question (SLUICE_QUESTIONS), in its order; empty: none
  std::string digest = {};              // of the files, as read by this run; empty in tool mode
  std::string plan_hash = {};           // of the plan, where one was made
  bool destructive = false;             // the plan holds a destructive step
  std::string step = {};                // the revision that failed or was in work; empty: none
  std::string message = {};             // one sentence for people, redacted
  std::string next = {};                // what to do next; empty: nothing
  std::optional<BackupReport> backup = {};  // none: no backup was made
  std::optional<bool> healthy = {};         // the checks' verdict; none: no check ran
  std::optional<int> child_exit = {};       // tool mode: the tool's own exit code
  std::int64_t took_ms = 0;
};

/// JSON on one line, never more than kMaxResultBytes: message, next and heads are shortened (with "…" and
/// `"heads_more": n`) until it fits; core, reason (else the code's), message and next always stand in it.
std::string to_json(const Result&);

/// none: not a result (missing, cut, or not ours): operator-protocol, Jobs 2 calls that ResultLost.
std::optional<Result> parse_result(const std::string& text);

}  // namespace report
