#include "operator/reconcile/verdict.h"

#include <algorithm>
#include <array>

#include "common/report/exit_code.h"
#include "operator/reconcile/reports.h"

namespace reconcile {
namespace {

using report::ExitCode;
using std::chrono::seconds;

constexpr seconds kLeastBackoff{1}, kMostBackoff{300};

bool is_one_of(int code, std::initializer_list<ExitCode> codes) {
  return std::any_of(codes.begin(), codes.end(), [&](ExitCode each) { return static_cast<int>(each) == code; });
}

/// The container never got to run our program: no shell, not executable, a bad command line.
bool is_bad_command(int code) { return code >= 126 && code <= 128; }

std::string said(const RunStatus& run) {
  std::string text = run.message;
  if (text.empty()) text = std::string(report::meaning(static_cast<ExitCode>(run.code.value_or(70))));
  if (!run.next.empty()) text += (text.ends_with('.') ? " Next: " : ". Next: ") + run.next;
  return text;
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

/// Why a pod waits, in the words of the table; empty: nothing unusual.
std::string waiting_reason(const PodReport& pod) {
  if (contains(pod.waiting, "Image") || contains(pod.waiting, "ErrImage") || pod.waiting == "RegistryUnavailable") {
    return "ImagePull";
  }
  if (pod.waiting == "CreateContainerConfigError") {
    if (contains(pod.waiting_message, "ecret")) return "SecretNotFound";
    return contains(pod.waiting_message, "onfigmap") ? "SourceNotFound" : "PodNotStarted";
  }
  if (pod.waiting == "Unschedulable") return "Unschedulable";
  if (pod.waiting == "CreateContainerError" || pod.waiting == "RunContainerError") return "PodNotStarted";
  return {};
}

std::string failure_reason(const RunStatus& run) {
  const int code = run.code.value_or(70);
  if (run.reason == reasons::kCancelled) return "Cancelled";
  if (is_bad_command(code)) return "InvalidSpec";
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::kUsage:
      return "InvalidSpec";
    case ExitCode::kHistoryMismatch:
      return "HistoryMismatch";
    case ExitCode::kWentBack:
      return "RolledBack";
    case ExitCode::kNotWentBack:
      return "RollbackFailed";
    case ExitCode::kBackupFailed:
      return "BackupFailed";
    default:
      return "MigrationFailed";
  }
}

std::string retry_reason(const RunStatus& run) {
  if (run.reason == reasons::kSourceChanged || run.reason == reasons::kNotCreated) return run.reason;
  if (run.reason == "LockHeld") return run.reason;
  switch (static_cast<ExitCode>(run.code.value_or(70))) {
    case ExitCode::kNotNow:
      return "Unreachable";
    case ExitCode::kNotAllowed:
      return "AuthenticationFailed";
    case ExitCode::kCheckBeforeFailed:
      return "CheckFailed";
    default:
      return "Interrupted";
  }
}

}  // namespace

Verdict up_to_date(const Status& status) {
  if (status.contract_pending > 0) {
    return {.ready = true,
            .reason = "ExpandComplete",
            .message = "the expand phase is complete; " + std::to_string(status.contract_pending) +
                       " contract step(s) are left: see the condition Contracted"};
  }
  return {.ready = true, .reason = "UpToDate", .message = "the database is at its target"};
}

Verdict waiting_for_pods(const Status& status) {
  const std::string failure = reported_failure(status);
  return moving("WaitingForPods", std::to_string(status.pending.value_or(0)) +
                                      " step(s) are left for the application's pods to apply (spec.runBy: Pods)" +
                                      (failure.empty() ? "" : "; " + failure + ", which is only its word"));
}

Verdict moving(const std::string& reason, const std::string& message) {
  return {.reconciling = true, .reason = reason, .message = message};
}

Verdict stuck(const std::string& reason, const std::string& message) {
  return {.stalled = true, .reason = reason, .message = message};
}

Verdict paused(const std::string& reason, const std::string& message) { return {.reason = reason, .message = message}; }

Verdict under_way(const RunStatus& run, const ObservedJob& job, const std::optional<Progress>& progress) {
  const std::string attempt = "attempt " + std::to_string(run.attempt) + ", Job " + run.job;
  if (const std::string reason = waiting_reason(job.pod); !job.pod.started && !reason.empty()) {
    return moving(reason, attempt + ": the pod waits: " + job.pod.waiting +
                              (job.pod.waiting_message.empty() ? "" : ": " + job.pod.waiting_message));
  }
  if (run.kind == Kind::kPlan) return moving("Planning", attempt);
  if (run.kind == Kind::kVerify) return moving("Verifying", attempt);
  if (progress && progress->going_back) return moving("GoingBack", attempt);
  return moving("Running", attempt);
}

bool is_being_cancelled(const RunStatus& run) {
  return !run.code && (run.reason == reasons::kCancelled || run.reason == reasons::kCancelledUnstarted);
}

Outcome outcome_of(const RunStatus& run) {
  const int code = run.code.value_or(70);
  if (run.reason == reasons::kSuperseded) return Outcome::kSuperseded;
  if (run.reason == reasons::kCancelled) return Outcome::kFailed;
  if (run.reason == reasons::kResultLost) return Outcome::kRetryCounted;
  if (run.reason == reasons::kSourceChanged) return Outcome::kRetry;
  if (code == 0) return Outcome::kSucceeded;
  if (is_one_of(code, {ExitCode::kNotNow, ExitCode::kNotAllowed, ExitCode::kCancelled})) return Outcome::kRetry;
  if (is_one_of(code, {ExitCode::kRefused})) return Outcome::kRefused;
  if (is_bad_command(code) || is_one_of(code, {ExitCode::kUsage, ExitCode::kStepFailed, ExitCode::kHistoryMismatch,
                                               ExitCode::kHalfDone, ExitCode::kCheckAfterFailed, ExitCode::kWentBack,
                                               ExitCode::kNotWentBack, ExitCode::kBackupFailed})) {
    return Outcome::kFailed;
  }
  return Outcome::kRetryCounted;
}

Verdict failed(const RunStatus& run) { return stuck(failure_reason(run), said(run)); }

Verdict retrying(const RunStatus& run, seconds wait) {
  Verdict verdict = moving(
      retry_reason(run), said(run) + " (attempt " + std::to_string(run.attempt) + "; the next one follows by itself)");
  verdict.check_again_in = wait;
  return verdict;
}

Verdict exhausted(const RunStatus& run, int limit) {
  return stuck("RetriesExhausted", "gave up after " + std::to_string(limit) + " retries: " + said(run));
}

seconds backoff_after(int failures, std::chrono::milliseconds backoff) {
  seconds delay = std::max(kLeastBackoff, std::chrono::ceil<seconds>(backoff));
  for (int i = 1; i < failures && delay < kMostBackoff; ++i) delay *= 2;
  return std::min(delay, kMostBackoff);
}

}  // namespace reconcile
