// operator/gate/health.h: what the probes are told.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "operator/gate/http.h"

namespace gate {

/// A watch that wasn't heard of for so long may hide changes (operator-protocol, Trust 6).
inline constexpr std::chrono::seconds kStaleAfter{90};

/// By namespace, which watches are unsynced or stale.
using Stale = std::map<std::string, std::vector<std::string>>;

/// /healthz: 200 as long as the process answers. /readyz: 503 while no namespace's watches are all synced and fresh:
/// one that is gone, or where the operator has no rights, must not end the service for the others, whose gates look at
/// their own namespace. Either way it names what is stale. /metrics: `metrics()`.
Routes health_routes(std::function<Stale()> stale, std::function<std::string()> metrics);

}  // namespace gate
