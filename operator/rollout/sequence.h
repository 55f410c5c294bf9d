// operator/rollout/sequence.h: one look at a sequence under way. Pure; private to this folder.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "operator/reconcile/verdict.h"
#include "operator/rollout/decide.h"

namespace rollout {

using reconcile::Verdict;

/// What a look comes to, besides the changed status.
struct Turn {
  Verdict verdict = {};
  std::vector<kube::Event> events = {};
  Action action = {};
  std::optional<Status> after = {};  // without conditions
  std::optional<std::chrono::milliseconds> check_again_in = {};
  bool contested = false;
  bool over = false;  // the sequence has ended with this look
};

/// Begins the sequence from status.active to spec.target. Both Deployments and the Service were found.
Turn begin(const Observed&, Status&);
/// Goes on with the one under way, by at most one step.
Turn advance(const Observed&, Status&);

}  // namespace rollout
