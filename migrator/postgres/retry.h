// migrator/postgres/retry.h: the ladder of tries that a rolled-back step gets. Private to this folder.
#pragma once
#include <random>
#include <string_view>

#include "migrator/postgres/apply_session.h"
#include "migrator/postgres/explain.h"

namespace postgres {

/// One ladder a step: lock_attempts tries, pauses that double up to 30 s with jitter, so that a queue of readers behind
/// our lock request drains between two tries.
class Ladder {
 public:
  explicit Ladder(ApplySession&);
  Ladder(ApplySession&, int attempts);
  void start_again();
  /// none: waited, try again. Else the error to give up with: as explained, or cancelled (143), or "blocked" (10).
  [[nodiscard]] std::optional<StepError> next(const ServerError&, StepError explained);

 private:
  ApplySession& session_;
  int attempts_, tries_ = 1;
  std::chrono::milliseconds pause_;
  std::minstd_rand random_{std::random_device{}()};
};

/// What the server says of a statement that was cancelled.
inline constexpr std::string_view kQueryCancelled = "57014";

StepError cancelled_before(const std::string& step);
/// Part of it was sent, and nothing of that stands.
StepError cancelled_in(const std::string& step);

}  // namespace postgres
