// operator/gate/endpoints.h: the roll-out gates over HTTP (docs/gates.md).
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "operator/gate/http.h"
#include "operator/gate/judge.h"
#include "operator/gate/tokens.h"

namespace gate {

struct GateSources {
  /// None: there is no such DatabaseMigration.
  std::function<std::optional<kube::Object>(const kube::ObjectName&)> migration = {};
  /// Which watches may hide changes in this namespace; empty: none.
  std::function<std::vector<std::string>(const std::string& namespace_name)> stale = {};
  /// Empty: whoever reaches the listener may ask.
  std::string token_file = {};
};

/// Answers
/// - GET /gate/v1/NAMESPACE/NAME[?at-least=REVISION[,REVISION…]]: 200 and a judgement as JSON, whatever it is;
/// - POST /gate/v1/flagger/{confirm-rollout,pre-rollout,confirm-promotion} and /gate/v1/token/TOKEN/flagger/…: 200, or
///   403 with the reason; any other hook 403, since a 2xx means something to each of them.
/// In this order: 401 (the token is wrong or absent), 404, 405, 400 (malformed), 503 (a watch of that namespace is
/// stale: fails closed). PermanentError (kUsage): the token file can't be read.
Handler make_gate(GateSources);

}  // namespace gate
