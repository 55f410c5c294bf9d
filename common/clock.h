// common/clock.h: time, injected so that tests own it.
#pragma once
#include <chrono>

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, for timestamps that people read.
  virtual std::chrono::system_clock::time_point now() const = 0;
  /// Monotonic time, for durations and deadlines.
  virtual std::chrono::steady_clock::time_point steady() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
};
