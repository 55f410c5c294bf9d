// common/report/event.h: what the migrator says while it works: one JSON object per line on stdout.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace report {

/// Names of events; each line is {"event":NAME,"time":RFC3339,…fields}. Stable: the operator and scripts read them.
namespace events {
inline constexpr std::string_view kRunStarted = "run started";
inline constexpr std::string_view kNothingToDo = "nothing to do";
inline constexpr std::string_view kWaiting = "waiting";
inline constexpr std::string_view kWaitingForLock = "waiting for lock";
inline constexpr std::string_view kLocked = "locked";
inline constexpr std::string_view kPlanned = "planned";
inline constexpr std::string_view kCheckPassed = "check passed";
inline constexpr std::string_view kCheckFailed = "check failed";
inline constexpr std::string_view kBackupStarted = "backup started";
inline constexpr std::string_view kBackupDone = "backup done";
inline constexpr std::string_view kStepStarted = "step started";
inline constexpr std::string_view kStepProgress = "step progress";
inline constexpr std::string_view kStepDone = "step done";
inline constexpr std::string_view kStepFailed = "step failed";
inline constexpr std::string_view kBlocked = "blocked";
inline constexpr std::string_view kGoingBack = "going back";
inline constexpr std::string_view kWentBack = "went back";
inline constexpr std::string_view kTool = "tool";
inline constexpr std::string_view kNotice = "notice";
inline constexpr std::string_view kWarning = "warning";
inline constexpr std::string_view kRunEnded = "run ended";
}  // namespace events

/// Where events go: JSON lines, text for people, or nowhere. Implementations must be thread-safe.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// `fields` is an object; never holds a credential, a row's value or PostgreSQL's DETAIL.
  virtual void emit(std::string_view event, const nlohmann::json& fields) = 0;
};

}  // namespace report
