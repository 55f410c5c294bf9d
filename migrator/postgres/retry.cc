#include "migrator/postgres/retry.h"

#include <algorithm>

namespace postgres {
namespace {
constexpr std::chrono::milliseconds kLongestRetryPause{30000};
}

Ladder::Ladder(ApplySession& session) : Ladder(session, session.options().lock_attempts) {}
Ladder::Ladder(ApplySession& session, int attempts)
    : session_(session), attempts_(attempts), pause_(session.options().first_pause) {}

void Ladder::start_again() {
  tries_ = 1;
  pause_ = session_.options().first_pause;
}

std::optional<StepError> Ladder::next(const ServerError& error, StepError explained) {
  if (error.sqlstate == kQueryCancelled && (session_.wire().was_cancelled() || session_.is_cancelled())) {
    explained.code = report::ExitCode::kCancelled;
    return explained;
  }
  if (error.sqlstate == kQueryCancelled && error.gave_up) {
    explained.code = report::ExitCode::kNotNow;
    explained.message += "; blocked by another session, gave up";
    return explained;
  }
  const bool last = session_.options().on_blocked == spec::OnBlocked::kGiveUp || tries_ >= attempts_;
  if (!is_worth_a_retry(error) || last) {
    if (tries_ > 1) explained.message += ", after " + std::to_string(tries_) + " tries";
    return explained;
  }
  ++tries_;
  const auto jittered = pause_ * std::uniform_int_distribution<int>(75, 125)(random_) / 100;
  pause_ = std::min(kLongestRetryPause, pause_ * 2);
  if (!session_.pause(jittered)) {
    explained.code = report::ExitCode::kCancelled;
    return explained;
  }
  return std::nullopt;
}

StepError cancelled_before(const std::string& step) {
  StepError error;
  error.code = report::ExitCode::kCancelled;
  error.message = "cancelled before " + step;
  return error;
}

StepError cancelled_in(const std::string& step) {
  StepError error;
  error.code = report::ExitCode::kCancelled;
  error.message = "cancelled in " + step;
  return error;
}

}  // namespace postgres
