#include "operator/gate/health.h"

namespace gate {

Routes health_routes(std::function<std::vector<std::string>()> stale, std::function<std::string()> metrics) {
  Routes routes;
  routes["/healthz"] = [] { return Answer{200, "ok\n"}; };
  routes["/readyz"] = [stale = std::move(stale)] {
    const std::vector<std::string> names = stale();
    if (names.empty()) return Answer{200, "ok\n"};
    std::string body = "not heard of within " + std::to_string(kStaleAfter.count()) + " s:\n";
    for (const std::string& name : names) body += name + "\n";
    return Answer{503, body};
  };
  routes["/metrics"] = [metrics = std::move(metrics)] {
    return Answer{200, metrics(), "text/plain; version=0.0.4; charset=utf-8"};
  };
  return routes;
}

}  // namespace gate
