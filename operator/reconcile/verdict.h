// operator/reconcile/verdict.h: the table of states: what the resource's state is called, and what kstatus makes of it.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// One row of the table in operator-protocol, Status 5.
struct Verdict {
  bool ready = false;        // new code may start
  bool reconciling = false;  // it goes on by itself
  bool stalled = false;      // no retry will come: a person must act
  std::string reason = {};   // of all three
  std::string message = {};
  std::optional<std::chrono::seconds> check_again_in = {};  // none: only an event changes it
  bool operator==(const Verdict&) const = default;
};

Verdict up_to_date(const Status&);
/// spec.runBy: Pods, and the application's pods have something left to apply.
Verdict waiting_for_pods(const Status&);
Verdict moving(const std::string& reason, const std::string& message);
Verdict stuck(const std::string& reason, const std::string& message);
/// Waits for a person without being broken: suspended, or approval is missing.
Verdict paused(const std::string& reason, const std::string& message);

/// A Job is live: running, going back, or why its pod hasn't started.
Verdict under_way(const RunStatus&, const ObservedJob&, const std::optional<Progress>&);

/// A person asked for its end, which hasn't come yet.
bool is_being_cancelled(const RunStatus&);

/// What an attempt came to.
enum class Outcome {
  kSucceeded,
  kRetry,         ///< 10, 11, 143: the database wasn't reached, we were interrupted, or there was no Job; no limit
  kRetryCounted,  ///< 23, 70, crash, result lost: within retry.limit
  kFailed,        ///< 2, 20, 21, 22, 24, 30, 31, 32, cancelled by a person
  kRefused,       ///< 40: approval is missing, or the plan changed
  kSuperseded,    ///< never started and replaced: as if it hadn't been
};
Outcome outcome_of(const RunStatus&);

/// The state after a failure without a retry to come; `refused` and failures alike.
Verdict failed(const RunStatus&);
/// The state between a failure and its retry.
Verdict retrying(const RunStatus&, std::chrono::seconds wait);
Verdict exhausted(const RunStatus&, int limit);

/// backoff, 2 × backoff, …, at least 1 second and at most 5 minutes (operator-protocol, Jobs 4).
std::chrono::seconds backoff_after(int failures, std::chrono::milliseconds backoff);

namespace reasons {
inline constexpr const char* kResultLost = "ResultLost";
inline constexpr const char* kSourceChanged = "SourceChanged";
/// Of a run without a code: it is being cancelled, and its pod may still go back or report.
inline constexpr const char* kCancelled = "CancelledByUser";
inline constexpr const char* kCancelledUnstarted = "CancelledBeforeStart";  // the same, and its pod had not started
inline constexpr const char* kSuperseded = "Superseded";
inline constexpr const char* kRefused = "JobRefused";
inline constexpr const char* kNotCreated = "JobNotCreated";  // refused, but not for what it says
inline constexpr const char* kJobDeleted = "JobDeleted";
}  // namespace reasons

}  // namespace reconcile
