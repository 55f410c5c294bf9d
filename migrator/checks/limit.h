// migrator/checks/limit.h: when an attempt must be over, and whether it still should go on.
#pragma once
#include <chrono>
#include <functional>

namespace checks {

struct Limit {
  std::chrono::steady_clock::time_point deadline = {};
  std::function<bool()> cancelled = {};
  bool is_over() const { return std::chrono::steady_clock::now() >= deadline || (cancelled && cancelled()); }
  std::chrono::milliseconds left() const;  // never negative
};

}  // namespace checks
