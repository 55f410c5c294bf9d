// operator/gate/health.h: what the probes are told.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "operator/gate/http.h"

namespace gate {

/// A watch that wasn't heard of for so long may hide changes (operator-protocol, Trust 6).
inline constexpr std::chrono::seconds kStaleAfter{90};

/// /healthz: 200 as long as the process answers. /readyz: 503 with the reason while caches are unsynced or a watch is
/// stale. /metrics: `metrics()`.
Routes health_routes(std::function<std::vector<std::string>()> stale, std::function<std::string()> metrics);

}  // namespace gate
