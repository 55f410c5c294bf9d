#include "operator/rollout/idle.h"

#include "operator/rollout/sequencer.h"

namespace rollout {
namespace {

using reconcile::moving;
using reconcile::stuck;
using std::chrono::seconds;

constexpr seconds kLookAgainWhileIdle{
    30};  // where an event should come, but a lost one must not leave us waiting for ever

/// What isn't there yet, as a reason and a message.
std::optional<Verdict> missing(const Observed& seen) {
  for (const Colour each : {Colour::kBlue, Colour::kGreen}) {
    if (!seen.colour(each).found) {
      return moving("DeploymentNotFound", "there is no Deployment " + seen.spec.deployment(each));
    }
  }
  if (!seen.service.found) return moving("ServiceNotFound", "there is no Service " + seen.spec.service);
  if (!seen.migration.found) {
    return moving("MigrationNotFound", "there is no DatabaseMigration " + seen.spec.migration);
  }
  return std::nullopt;
}

/// The colour that the Service is pointed at, taken over as it is.
std::optional<Verdict> adopt(const Observed& seen, Status& status, Turn& turn) {
  const nlohmann::json& selector = seen.service.selector;
  const bool blue = selects(selector, seen.blue.labels), green = selects(selector, seen.green.labels);
  if (blue && green) {
    return stuck("AmbiguousSelector", "the selector of Service " + seen.spec.service + " " + selector.dump() +
                                          " selects pods of both colours");
  }
  if (!blue && !green && !selector.empty()) {
    return stuck("ForeignSelector", "the selector of Service " + seen.spec.service + " " + selector.dump() +
                                        " selects pods of neither colour");
  }
  status.selector = selector;
  if (selector.empty()) return std::nullopt;
  status.active = blue ? Colour::kBlue : Colour::kGreen;
  status.active_template = seen.colour(*status.active).template_hash;
  turn.events.push_back({false, "Adopted", "Service " + seen.spec.service + " selects " + word(*status.active)});
  return std::nullopt;
}

/// operator-protocol, Roll-outs 2: a failed (target, template hash) isn't tried again by itself.
bool has_failed_already(const Observed& seen, const Status& status) {
  const Sequence& last = status.sequence;
  return last.step == Step::kFailed && last.to == seen.spec.target && last.generation == seen.generation &&
         last.template_hash == seen.colour(last.to).template_hash &&
         (seen.retry.empty() || seen.retry == status.handled.retry);
}

std::optional<Verdict> contested(const Observed& seen, Status& status, Turn& turn) {
  if (status.selector.is_null() || seen.service.selector == status.selector) return std::nullopt;
  if (!seen.retry.empty() && seen.retry != status.handled.retry) {
    status.active.reset();
    status.selector = nullptr;
    return std::nullopt;
  }
  turn.contested = true;
  return stuck("Contested", "the selector of Service " + seen.spec.service + " was changed from " +
                                status.selector.dump() + " to " + seen.service.selector.dump() +
                                ": put it back, or take it as it is with sluice.dev/retry");
}

/// The last sequence failed; none: a next one is due.
std::optional<Verdict> failed(const Observed& seen, const Status& status) {
  if (!has_failed_already(seen, status)) return std::nullopt;
  const Sequence& last = status.sequence;
  const std::string serves = status.active ? seen.spec.deployment(*status.active) + " serves" : "nothing served before";
  return stuck(last.reason, last.message + " (step " + (last.failed_step ? word(*last.failed_step) : "?") + "); " +
                                serves + ". Next: change the template or the spec, or set sluice.dev/retry");
}

}  // namespace

std::string unusable(const Observed& seen) {
  for (const Colour each : {Colour::kBlue, Colour::kGreen}) {
    if (!seen.colour(each).found) continue;
    if (seen.colour(each).selector.is_object() && !seen.colour(each).selector.empty()) continue;
    return "the selector of Deployment " + seen.spec.deployment(each) + " must be of matchLabels only";
  }
  const bool both = seen.blue.found && seen.green.found;
  if (both && (selects(seen.blue.selector, seen.green.labels) || selects(seen.green.selector, seen.blue.labels))) {
    return "the Deployments " + seen.spec.blue + " and " + seen.spec.green +
           " share a selector: each needs a label that the other hasn't";
  }
  if (seen.service.is_external) return "Service " + seen.spec.service + " is of type ExternalName";
  if (seen.migration.restores) {
    return "DatabaseMigration " + seen.spec.migration +
           ": onFailure: restore would take back what the old colour wrote meanwhile";
  }
  if (seen.migration.contracts_at_once) {
    return "DatabaseMigration " + seen.spec.migration +
           ": spec.phase must be Expand, or it would contract under the old colour";
  }
  return {};
}

Turn look_idle(const Observed& seen, Status& status) {
  Turn turn{.check_again_in = kLookAgainWhileIdle};
  status.migration = Permission::kHeld;
  const auto settle = [&](const Verdict& verdict) {
    turn.verdict = verdict;
    return turn;
  };
  if (!seen.abort.empty()) status.handled.abort = seen.abort;  // it must not end a later sequence
  if (const auto verdict = missing(seen)) return settle(*verdict);
  if (const std::string why = unusable(seen); !why.empty()) return settle(stuck("InvalidSpec", why));
  if (const auto verdict = contested(seen, status, turn)) return settle(*verdict);
  if (status.selector.is_null()) {
    if (const auto verdict = adopt(seen, status, turn)) return settle(*verdict);
  }
  if (status.active == seen.spec.target) {
    status.handled.retry = seen.retry;
    return settle(
        {.ready = true,
         .reason = "UpToDate",
         .message = seen.spec.deployment(*status.active) + " serves: " + word(*status.active) + " is active"});
  }
  if (const auto verdict = failed(seen, status)) return settle(*verdict);
  Turn begun = begin(seen, status);
  begun.events.insert(begun.events.begin(), turn.events.begin(), turn.events.end());
  return begun;
}

}  // namespace rollout
