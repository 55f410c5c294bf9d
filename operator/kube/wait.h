// operator/kube/wait.h: waiting that a stop request ends.
#pragma once
#include <chrono>
#include <stop_token>

namespace kube {

/// Waits; false: `stop` was requested before the time was over.
bool wait_for(std::chrono::milliseconds, std::stop_token stop);

}  // namespace kube
