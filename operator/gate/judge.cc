#include "operator/gate/judge.h"

#include <algorithm>

namespace gate {
namespace {

using kube::Object;

const Object* condition(const Object& migration, const std::string& type) {
  for (const Object& each : kube::value_at(migration, "/status/conditions")) {
    if (kube::text_at(each, "/type") == type) return &each;
  }
  return nullptr;
}

bool is(const Object* condition, const std::string& status) {
  return condition != nullptr && kube::text_at(*condition, "/status") == status;
}

std::optional<std::int64_t> number(const Object& object, const std::string& path) {
  const Object& value = kube::value_at(object, path);
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

/// Reasons are ours; whatever else stands there stays inside.
std::string reason_of(const Object* condition) {
  const std::string reason = condition == nullptr ? "" : kube::text_at(*condition, "/reason");
  const bool is_word = std::all_of(reason.begin(), reason.end(), [](unsigned char each) { return std::isalnum(each); });
  return reason.empty() || !is_word || reason.size() > 64 ? "Unknown" : reason;
}

/// None: the status doesn't say.
std::optional<bool> has_reached(const Object& migration, const std::string& revision) {
  for (const Object& head : kube::value_at(migration, "/status/heads")) {
    if (head == revision) return true;
  }
  for (const Object& each : kube::value_at(migration, "/status/revisions")) {
    const Object& applied = kube::value_at(each, "/applied");
    if (kube::text_at(each, "/id") != revision || !applied.is_boolean()) continue;
    return applied.get<bool>();
  }
  return std::nullopt;
}

/// What the status says of revisions may not hold, or what they made doesn't work.
bool is_in_doubt(const Object& migration) {
  const Object* ready = condition(migration, "Ready");
  const std::string reason = reason_of(ready);
  if (ready == nullptr) return true;
  if (reason == "GoingBack" || reason == "RollbackFailed" || reason == "HistoryMismatch") return true;
  if (reason == "Cancelling") return true;
  const std::int64_t code = number(migration, "/status/run/code").value_or(0);
  // Killed in the middle, or nobody read how it ended: it may have been going back.
  if (reason == "Cancelled" && code >= 70 && code != 143) return true;
  const bool nothing_changed = code == 23;  // a check before failed
  return is(condition(migration, "Healthy"), "False") && !nothing_changed;
}

class Judge {
 public:
  Judge(const kube::ObjectName& name, const Object& migration) : name_(name), migration_(migration) {}

  Judgement judge(const std::vector<std::string>& at_least) {
    copy();
    if (!kube::value_at(migration_, "/metadata/deletionTimestamp").is_null()) {
      return say(State::kWaiting, "Terminating", "is being deleted");
    }
    if (!is_observed()) {
      return say(State::kWaiting, "GenerationNotObserved", "changed, and the operator hasn't looked at it yet");
    }
    by_conditions();
    if (!at_least.empty()) by_revisions(at_least);
    return said_;
  }

 private:
  void copy() {
    for (const Object& head : kube::value_at(migration_, "/status/heads")) {
      if (head.is_string()) said_.heads.push_back(head.get<std::string>());
    }
    said_.target = kube::text_at(migration_, "/status/target");
    said_.generation = number(migration_, "/metadata/generation");
    said_.observed_generation = number(migration_, "/status/observedGeneration");
  }

  /// Both the status and the conditions that decide: either may stand alone.
  bool is_observed() const {
    if (said_.observed_generation != said_.generation) return false;
    for (const char* type : {"Ready", "Stalled"}) {
      const Object* found = condition(migration_, type);
      if (found != nullptr && number(*found, "/observedGeneration") != said_.generation) return false;
    }
    return true;
  }

  void by_conditions() {
    const Object* ready = condition(migration_, "Ready");
    const Object* stalled = condition(migration_, "Stalled");
    if (is(stalled, "True")) {
      say(State::kFailed, reason_of(stalled), "has failed and won't go on by itself");
    } else if (is(ready, "True")) {
      say(State::kReady, reason_of(ready), "is where it should be: new code may start");
    } else if (ready == nullptr) {
      say(State::kWaiting, "Unknown", "has no condition Ready yet");
    } else {
      say(State::kWaiting, reason_of(ready), "isn't ready yet");
    }
  }

  void by_revisions(const std::vector<std::string>& at_least) {
    bool all = true;
    std::string unknown, missing;
    for (const std::string& revision : at_least) {
      const std::optional<bool> reached = has_reached(migration_, revision);
      all = all && reached == true;
      if (!reached) unknown = revision;
      if (reached == false) missing = revision;
    }
    if (!missing.empty() || all) said_.reached = all;
    if (all) return by_doubt();
    // What failed or waits says better why.
    if (said_.state != State::kReady) return;
    if (!missing.empty()) {
      say(State::kWaiting, "RevisionNotReached", "hasn't reached revision " + missing);
    } else {
      say(State::kWaiting, "RevisionUnknown",
          "isn't known to have reached revision " + unknown +
              ": ask the database itself (sluice wait), or name the revision in a consumer's annotation "
              "sluice.dev/requires");
    }
  }

  void by_doubt() {
    if (said_.state == State::kReady || is_in_doubt(migration_)) return;
    say(State::kReady, "Reached", "has reached what was asked for; its own state is " + said_.reason);
  }

  Judgement say(State state, const std::string& reason, const std::string& what) {
    said_.state = state;
    said_.reason = reason;
    said_.message = "DatabaseMigration " + name_.namespace_name + "/" + name_.name + " " + what;
    return said_;
  }

  const kube::ObjectName& name_;
  const Object& migration_;
  Judgement said_ = {};
};

}  // namespace

Judgement judge(const kube::ObjectName& name, const std::optional<Object>& migration,
                const std::vector<std::string>& at_least) {
  if (!migration) {
    return {.reason = "NotFound",
            .message = "no DatabaseMigration " + name.namespace_name + "/" + name.name +
                       " is known: there is none, or the operator doesn't serve that namespace"};
  }
  return Judge(name, *migration).judge(at_least);
}

nlohmann::json to_json(const kube::ObjectName& name, const Judgement& said) {
  nlohmann::json json = {{"state", word(said.state)}, {"ready", said.state == State::kReady}, {"reason", said.reason},
                         {"message", said.message},   {"namespace", name.namespace_name},     {"name", name.name},
                         {"heads", said.heads}};
  if (!said.target.empty()) json["target"] = said.target;
  if (said.generation) json["generation"] = *said.generation;
  if (said.observed_generation) json["observedGeneration"] = *said.observed_generation;
  if (said.reached) json["reached"] = *said.reached;
  return json;
}

std::string word(State state) {
  switch (state) {
    case State::kWaiting:
      return "waiting";
    case State::kReady:
      return "ready";
    case State::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace gate
