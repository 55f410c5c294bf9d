// migrator/run/patience.h: waiting by polls: when to ask again, when the time is over, and what to say meanwhile.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "common/clock.h"
#include "common/report/event.h"

namespace run {

struct Pace {
  std::chrono::milliseconds timeout{300000};  // 0: ask once
  std::chrono::milliseconds interval{1000};   // about: between 3/4 and 5/4 of it, so that many don't ask at once
};

class Patience {
 public:
  /// What is passed must outlive it.
  Patience(const Pace&, report::EventSink&, const Clock&, const std::function<bool()>& cancelled);

  /// Tells `why` by the event "waiting" (with `holder`, who is at work; may be empty) when it is news, and about every
  /// 10 s; then pauses. Throws PermanentError: kWaitTimeout with `why` when the time is over, kCancelled.
  void wait(const std::string& why, const std::string& holder = "");
  /// Throws PermanentError(kCancelled) when SIGTERM came.
  void stop_if_cancelled() const;
  std::chrono::milliseconds waited() const;
  std::chrono::milliseconds left() const;  // never negative

 private:
  const Pace pace_;
  report::EventSink& events_;
  const Clock& clock_;
  const std::function<bool()>& cancelled_;
  std::chrono::steady_clock::time_point started_, told_at_ = {};
  std::string told_ = {};
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace run
