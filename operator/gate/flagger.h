// operator/gate/flagger.h: what Flagger's webhooks send (its docs, "Webhooks").
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/api.h"

namespace gate {

struct HookPayload {
  kube::ObjectName migration = {};
  std::vector<std::string> at_least = {};
  std::string problem = {};  // what is wrong with it; empty: nothing, and the rest is meant
};

/// {"name", "namespace", "phase", "metadata": {"migration": NAME, "namespace": …, "at-least": …}}: the migration stands
/// in the metadata, in the payload's namespace unless the metadata names one; unknown keys elsewhere are passed over,
/// in the metadata too (a Canary may share it with other hooks).
[[nodiscard]] HookPayload parse_payload(const std::string& body);

/// Hooks on which a 2xx means "go on". `rollback` isn't among them: there it means "go back".
[[nodiscard]] bool is_hook(const std::string& name);
/// All of them, for people.
std::string hooks();

/// "R" or "R,S"; none: an empty one among them.
[[nodiscard]] std::optional<std::vector<std::string>> parse_revisions(const std::string& text);

}  // namespace gate
