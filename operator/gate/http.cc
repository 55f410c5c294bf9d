#include "operator/gate/http.h"

namespace gate {

Handler serve(Routes routes) {
  return [routes = std::move(routes)](const Request& request) -> Answer {
    if (request.method != "GET" && request.method != "HEAD") {
      return {.status = 405, .body = "only GET\n", .headers = {{"Allow", "GET, HEAD"}}};
    }
    const auto route = routes.find(request.target.substr(0, request.target.find('?')));
    if (route == routes.end()) return {404, "not found\n"};
    return route->second();
  };
}

}  // namespace gate
