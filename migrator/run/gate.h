// migrator/run/gate.h: `sluice wait --gate`: asks the operator's gate about a DatabaseMigration instead of the database
// itself. Needs no database credential and no right in Kubernetes.
#pragma once
#include <string>

#include "common/report/result.h"
#include "migrator/run/patience.h"

namespace run {

enum class IfUnreachable { kClosed, kOpen };

struct GateRequest {
  std::string url = {};         // http(s)://host[:port]/gate/v1/NAMESPACE/NAME
  std::string token = {};       // bearer token; empty: none
  std::string token_file = {};  // its content is sent instead, read anew each time
  std::string ca_file = {};     // for https; empty: SSL_CERT_FILE, the system's
  std::string at_least = {};    // sent as ?at-least=; empty: whatever the resource declares
  IfUnreachable if_unreachable = IfUnreachable::kClosed;
  std::chrono::milliseconds open_after{60000};  // how long it must have been unreachable, with kOpen
  Pace pace = {};
};

/// 0: the gate says ready; or it gave no answer of its own for `open_after` (no connection, 5xx) and kOpen was said,
/// with the reason GateUnreachable. 50: not within the time, saying why. 2: no such URL, token or CA file. 143:
/// cancelled. A refused token (401, 403) never opens.
report::Result wait_for_gate(const GateRequest&, report::EventSink&, const Clock&,
                             const std::function<bool()>& cancelled);

}  // namespace run
