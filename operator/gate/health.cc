#include "operator/gate/health.h"

#include <algorithm>

namespace gate {

namespace {

Answer readiness(const Stale& stale) {
  const bool serves_any = std::any_of(stale.begin(), stale.end(), [](const auto& each) { return each.second.empty(); });
  std::string body = serves_any ? "ok\n" : "";
  std::string names;
  for (const auto& [where, what] : stale) {
    for (const std::string& each : what) names += each + "\n";
  }
  if (!names.empty()) body += "not heard of within " + std::to_string(kStaleAfter.count()) + " s:\n" + names;
  return {serves_any ? 200 : 503, body};
}

}  // namespace

Routes health_routes(std::function<Stale()> stale, std::function<std::string()> metrics) {
  Routes routes;
  routes["/healthz"] = [] { return Answer{200, "ok\n"}; };
  routes["/readyz"] = [stale = std::move(stale)] { return readiness(stale()); };
  routes["/metrics"] = [metrics = std::move(metrics)] {
    return Answer{200, metrics(), "text/plain; version=0.0.4; charset=utf-8"};
  };
  return routes;
}

}  // namespace gate
