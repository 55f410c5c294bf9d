// tests/operator/reconcile/later.h: the system's clock, ahead by what a test says.
#pragma once
#include "common/clock.h"

namespace playground {

class Later final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now() + ahead; }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now() + ahead; }
  std::chrono::seconds ahead{0};
};

}  // namespace playground
