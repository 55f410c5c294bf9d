// operator/gate/judge.h: may the roll-out go on? What a DatabaseMigration's status says to who asks at the gate.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/api.h"

namespace gate {

enum class State {
  kWaiting,  ///< not yet: ask again
  kReady,    ///< new code may start
  kFailed,   ///< it won't come by itself: a person must act
};

/// Holds names, revisions and reasons only: no message of the status, which may quote SQL.
struct Judgement {
  State state = State::kWaiting;
  std::string reason = {};              // of the condition, or one of ours (docs/gates.md); CamelCase, never empty
  std::string message = {};             // one sentence of our own
  std::vector<std::string> heads = {};  // revisions the database was last known to stand at
  std::string target = {};
  std::optional<std::int64_t> generation = {}, observed_generation = {};  // none: unknown resource
  std::optional<bool> reached = {};  // every revision asked for; none: none was asked for, or it isn't known
};

/// Pure.
///
/// Without `at_least`: ready where Ready is True, failed where Stalled is True, each for the generation that is there;
/// else waiting.
///
/// With `at_least` ready means that the database is known to hold every one of these revisions, and nothing casts doubt
/// on it: also while a later change runs, waits or has failed, since pods of the old code restart and scale up then.
/// Doubt: it is seen to go back, going back failed, it is being cancelled or nobody read how a cancelled run ended, the
/// history doesn't match, or the checks fail. A revision is known to be reached by status.heads and status.revisions
/// ({id, applied}; self-reports of pods don't count: operator-protocol, Trust 4).
Judgement judge(const kube::ObjectName&, const std::optional<kube::Object>& migration,
                const std::vector<std::string>& at_least);

/// The body of an answer: state, ready, reason, message, namespace, name, and what else is known.
nlohmann::json to_json(const kube::ObjectName&, const Judgement&);

/// "waiting", "ready", "failed".
std::string word(State);

}  // namespace gate
