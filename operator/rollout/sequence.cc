#include "operator/rollout/sequence.h"

#include <algorithm>

#include "common/report/digest.h"
#include "operator/rollout/sequencer.h"

namespace rollout {
namespace {

using reconcile::moving;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kIdLength = 16;
constexpr std::size_t kNameLength = 40;
constexpr std::size_t kMostNote = 1000;

/// What approval is given for: another template or another attempt needs another one.
std::string sequence_id(const Observed& seen, const Sequence& sequence) {
  const std::string from = sequence.from ? word(*sequence.from) : "";
  return report::sha256_hex(seen.uid + "/" + std::to_string(sequence.number) + "/" + from + "/" + word(sequence.to) +
                            "/" + sequence.template_hash)
      .substr(0, kIdLength);
}

Permission permission(Step step) {
  if (step == Step::kExpand) return Permission::kExpand;
  return step == Step::kContract ? Permission::kContract : Permission::kHeld;
}

}  // namespace

bool selects(const nlohmann::json& selector, const nlohmann::json& labels) {
  if (!selector.is_object() || selector.empty() || !labels.is_object()) return false;
  for (const auto& [key, value] : selector.items()) {
    if (!labels.contains(key) || labels.at(key) != value) return false;
  }
  return true;
}

std::string check_job_name(const Observed& seen, const Sequence& sequence) {
  std::string name = seen.name.substr(0, kNameLength);
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  const std::string key =
      seen.uid + "/" + sequence.id + "/" + word(sequence.step) + "/" + std::to_string(sequence.attempt);
  return name + "-check-" + report::sha256_hex(key).substr(0, 10);
}

Turn begin(const Observed& seen, Status& status) {
  const Colour to = seen.spec.target;
  const ColourSeen& model = seen.colour(status.active ? *status.active : to);
  Sequence next{.number = status.sequence.number + 1, .from = status.active, .to = to};
  next.step = steps_forward(next.from.has_value()).front();
  next.template_hash = seen.colour(to).template_hash;
  next.generation = seen.generation;
  next.replicas = std::max(1, model.replicas);
  next.old_selector = seen.service.selector;
  next.started = next.step_started = seen.now;
  next.id = sequence_id(seen, next);
  status.sequence = next;
  status.selector = seen.service.selector;
  status.migration = permission(next.step);
  status.handled.retry = seen.retry;
  status.handled.abort = seen.abort;
  const std::string from = next.from ? word(*next.from) : "nothing";
  return {.verdict = moving(doing(next.step), "from " + from + " to " + word(to)),
          .events = {{false, "SequenceStarted", "from " + from + " to " + word(to) + ", sequence " + next.id}},
          .check_again_in = milliseconds(0)};
}

Turn advance(const Observed& seen, Status& status) { return Sequencer(seen, status).take(); }

Turn Sequencer::take() {
  status_.migration = permission(sequence().step);
  if (!take_abort() && !take_new_target() && !take_new_template() && !take_contest()) {
    status_.handled.retry = seen_.retry;
    step();
  }
  if (!is_over(sequence().step)) status_.migration = permission(sequence().step);
  if (turn_.after) turn_.after->migration = status_.migration;
  return std::move(turn_);
}

seconds Sequencer::in_step() const { return seen_.now - status_.sequence.step_started.value_or(seen_.now); }

bool Sequencer::take_abort() {
  if (seen_.abort.empty() || seen_.abort == status_.handled.abort) return false;
  status_.handled.abort = seen_.abort;
  if (is_back(sequence().step)) return false;
  if (!is_before(sequence().step, Step::kStopOld, sequence().from.has_value())) {
    say(true, "TooLateToAbort", "the old colour is stopped already");
    return false;
  }
  fail("Aborted", "by the annotation sluice.dev/abort");
  return true;
}

bool Sequencer::take_new_target() {
  if (seen_.spec.target == sequence().to || is_back(sequence().step)) return false;
  const bool has_old = sequence().from.has_value();
  if (is_before(sequence().step, Step::kStopOld, has_old)) {
    fail("TargetChanged", "spec.target is " + word(seen_.spec.target) + " again");
    return true;
  }
  // A contract step that waits for a person must not hold up a later roll-out; one that runs must end first.
  const bool runs = seen_.migration.contract_reason == "ContractRunning";
  const bool waits = !runs && (seen_.migration.ready || seen_.migration.stalled || !seen_.migration.found);
  if (sequence().step != Step::kContract || !waits) return false;
  say(true, "ContractLeftUndone", "spec.target changed before the migration contracted");
  finish(Step::kDone);
  return true;
}

bool Sequencer::take_new_template() {
  if (!fresh().found || fresh().template_hash == sequence().template_hash || is_back(sequence().step)) return false;
  const bool has_old = sequence().from.has_value();
  const std::string what = "the pod template of " + fresh_name() + " changed";
  if (!is_before(sequence().step, Step::kSwitch, has_old)) {
    if (!is_before(sequence().step, Step::kStopOld, has_old)) return false;
    fail("TemplateChanged", what + " after the switch: what was checked no longer runs");
    return true;
  }
  sequence().template_hash = fresh().template_hash;
  sequence().id = sequence_id(seen_, sequence());
  say(false, "TemplateChanged", what + ": the sequence begins again as " + sequence().id);
  enter(steps_forward(has_old).front());
  return true;
}

void Sequencer::step() {
  switch (sequence().step) {
    case Step::kStart:
      return start();
    case Step::kCheck:
    case Step::kRecheck:
      return check();
    case Step::kExpand:
      return expand();
    case Step::kApprove:
      return approve();
    case Step::kSwitch:
      return switch_over();
    case Step::kRoute:
      return route(fresh());
    case Step::kVerify:
      return verify();
    case Step::kDrain:
    case Step::kDrainBack:
      return drain();
    case Step::kStopOld:
      return stop_old();
    case Step::kContract:
      return contract();
    case Step::kSwitchBack:
      return switch_back();
    case Step::kRouteBack:
      return route(old());
    case Step::kStopNew:
      return stop_new();
    case Step::kDone:
    case Step::kFailed:
      return finish(sequence().step);
  }
}

void Sequencer::wait(const std::string& why, milliseconds again) {
  turn_.verdict = moving(doing(sequence().step), why);
  turn_.check_again_in = again;
}

void Sequencer::passed(const std::string& note) {
  if (const std::string type = condition_type(sequence().step); !type.empty()) say(false, type, note);
  const Step following = next(sequence().step, sequence().from.has_value());
  is_over(following) ? finish(following) : enter(following);
}

void Sequencer::enter(Step following) {
  Sequence& now = sequence();
  now.step = following;
  now.acted = now.raised = false;
  now.job = {};
  now.attempt = 0;
  now.step_started = seen_.now;
  turn_.verdict = moving(doing(following), "from " + (now.from ? word(*now.from) : "nothing") + " to " + word(now.to));
  turn_.check_again_in = milliseconds(0);
}

void Sequencer::fail(const std::string& reason, const std::string& message) {
  Sequence& now = sequence();
  now.failed_step = now.step;
  now.reason = reason;
  now.message = kube::cut(message, kMostNote);
  say(true, reason, "step " + word(now.step) + ": " + message);
  if (!now.from) {
    // Nobody served before: there is nothing to go back to.
    status_.active.reset();
    return finish(Step::kFailed);
  }
  // In step Switch the write may be on its way: only going back by the Service makes sure.
  enter(is_before(now.step, Step::kSwitch, true) ? Step::kStopNew : Step::kSwitchBack);
}

void Sequencer::finish(Step outcome) {
  Sequence& now = sequence();
  now.step = outcome;
  now.finished = seen_.now;
  const std::string way = (now.from ? word(*now.from) : "nothing") + " to " + word(now.to);
  if (outcome == Step::kDone) {
    say(false, "SequenceDone", "from " + way);
  } else {
    say(true, "SequenceFailed", "from " + way + ": " + now.reason + (now.from ? "; " + old_name() + " serves" : ""));
  }
  status_.history.insert(status_.history.begin(), HistoryEntry{.number = now.number,
                                                               .id = now.id,
                                                               .to = word(now.to),
                                                               .outcome = word(outcome),
                                                               .reason = now.reason,
                                                               .started = now.started,
                                                               .finished = now.finished});
  if (status_.history.size() > kHistoryLength) status_.history.resize(kHistoryLength);
  turn_.over = true;
}

void Sequencer::acted(Action action) {
  turn_.action = std::move(action);
  turn_.after = status_;
  turn_.after->sequence.acted = true;
  turn_.check_again_in = milliseconds(0);
}

void Sequencer::say(bool warning, const std::string& reason, const std::string& note) {
  turn_.events.push_back({warning, reason, kube::cut(note, kMostNote)});
}

}  // namespace rollout
