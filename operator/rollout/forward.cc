// The steps from kStart to kContract.
#include <algorithm>

#include "operator/rollout/sequencer.h"

namespace rollout {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kMostAttempts = 3;      // of Jobs of checks that ended without a verdict
constexpr int kCheckFailedCode = 24;  // report::ExitCode::kCheckAfterFailed
constexpr milliseconds kPoll{1000};
constexpr std::size_t kNamedPods = 3;

/// Ready for minReadySeconds, all of them, and of this template.
bool is_available(const ColourSeen& colour) {
  return colour.found && colour.settled && colour.replicas > 0 && colour.available >= colour.replicas;
}

std::string counted(const ColourSeen& colour, const std::string& name) {
  if (!colour.found) return "there is no Deployment " + name;
  std::string text =
      name + ": " + std::to_string(colour.available) + " of " + std::to_string(colour.replicas) + " pods are available";
  if (!colour.settled) text += ", not all of this template";
  return text;
}

std::string text_of(milliseconds duration) { return spec::format_duration(duration); }

}  // namespace

void Sequencer::await_available() {
  if (is_available(fresh())) return passed(counted(fresh(), fresh_name()));
  if (in_step() >= seen_.spec.start_timeout) {
    return fail("StartFailed", counted(fresh(), fresh_name()) + " after " + text_of(seen_.spec.start_timeout));
  }
  wait(counted(fresh(), fresh_name()), kPoll);
}

void Sequencer::scale(const std::string& deployment, const ColourSeen& colour, int replicas) {
  wait("scales " + deployment + " from " + std::to_string(colour.replicas) + " to " + std::to_string(replicas));
  acted(Scale{deployment, colour.resource_version, replicas});
}

/// One write, then the count is an autoscaler's.
void Sequencer::start() {
  if (!sequence().acted && fresh().found) {
    if (fresh().replicas != sequence().replicas) return scale(fresh_name(), fresh(), sequence().replicas);
    sequence().acted = true;
  }
  await_available();
}

void Sequencer::check() {
  const std::vector<Check>& wanted = seen_.spec.checks;
  if (wanted.empty()) return passed("there are no checks beyond the pods' readiness");
  if (run_checks(wanted) == Checks::kPassed) passed("the checks of " + fresh_name() + " passed");
}

Sequencer::Checks Sequencer::run_checks(const std::vector<Check>& wanted) {
  Sequence& now = sequence();
  const bool starts = now.job.empty();
  if (starts || !seen_.check.found) {
    const bool needs_pods =
        std::any_of(wanted.begin(), wanted.end(), [](const Check& each) { return each.is_of_pods(); });
    const auto has_address = [](const Pod& pod) { return pod.ready && !pod.ip.empty(); };
    const bool has_pods = std::any_of(fresh().pods.begin(), fresh().pods.end(), has_address);
    if (needs_pods && !has_pods) {
      if (has_fresh_pods()) wait("waits for a ready pod of " + fresh_name(), kPoll);
      return Checks::kSettled;
    }
    if (starts) {
      ++now.attempt;
      now.job = check_job_name(seen_, now);
    }
    wait("Job " + now.job + " runs the checks", kPoll);
    turn_.action = StartChecks{};
    return Checks::kSettled;
  }
  if (!seen_.check.ended) {
    wait("Job " + now.job + " runs the checks", kPoll);
    const bool is_late = in_step() >= seen_.spec.start_timeout +
                                          (now.step == Step::kVerify ? seen_.spec.verify.duration : milliseconds(0));
    if (is_late) fail(failed_reason(now.step), "Job " + now.job + " of the checks hasn't ended");
    return Checks::kSettled;
  }
  if (seen_.check.code == 0) return Checks::kPassed;
  const std::string said = seen_.check.message;
  if (seen_.check.code == kCheckFailedCode) {
    fail(failed_reason(now.step), said.empty() ? "a check failed" : said);
  } else {
    retry_checks("Job " + now.job + " of the checks ended with " + std::to_string(seen_.check.code) +
                 (said.empty() ? "" : ": " + said));
  }
  return Checks::kSettled;
}

void Sequencer::retry_checks(const std::string& why) {
  Sequence& now = sequence();
  if (now.attempt >= kMostAttempts) return fail(failed_reason(now.step), why);
  now.job = {};
  wait(why + "; once more", kPoll);
}

bool Sequencer::has_fresh_pods() {
  if (in_step() < seen_.spec.start_timeout) return true;
  fail(failed_reason(sequence().step), "no pod of " + fresh_name() + " is ready");
  return false;
}

void Sequencer::expand() {
  const MigrationSeen& migration = seen_.migration;
  const std::string name = "DatabaseMigration " + seen_.spec.migration;
  if (!migration.found) return wait("there is no " + name, seconds(15));
  if (migration.restores) {
    return fail("InvalidSpec", name + ": onFailure: restore would take back what the old colour wrote meanwhile");
  }
  if (migration.contracts_at_once) return fail("InvalidSpec", name + ": spec.phase must be Expand");
  if (migration.stalled) return fail("MigrationFailed", name + ": " + migration.reason + ": " + migration.message);
  // What was read says Held until the migration's controller has seen that it may.
  if (migration.ready && seen_.status.migration == Permission::kExpand) {
    return passed(name + " is Ready: " + migration.reason);
  }
  wait(name + ": " + migration.reason + ": " + migration.message);
}

void Sequencer::approve() {
  const Sequence& now = sequence();
  if (seen_.spec.approval == Approval::kNotRequired) return passed("not required");
  if (!seen_.approve.empty() && seen_.approve == now.id) {
    status_.handled.approve = seen_.approve;
    return passed("sequence " + now.id);
  }
  turn_.verdict = reconcile::paused(
      "AwaitingApproval", "the switch to " + word(now.to) + " waits for the annotation sluice.dev/approve: " + now.id);
}

void Sequencer::switch_over() {
  Sequence& now = sequence();
  if (now.acted) return passed("Service " + seen_.spec.service + " selects " + fresh_name());
  const int wanted = std::max(1, old().replicas);
  if (now.from && !now.raised && fresh().found && fresh().replicas < wanted) {
    // An autoscaler lowered it while a person thought about it.
    now.replicas = wanted;
    scale(fresh_name(), fresh(), wanted);
    turn_.after->sequence.acted = false;
    turn_.after->sequence.raised = true;
    return;
  }
  if (!is_available(fresh())) {
    wait(counted(fresh(), fresh_name()), kPoll);
    if (in_step() >= seen_.spec.start_timeout) fail("SwitchFailed", counted(fresh(), fresh_name()));
    return;
  }
  set_selector(fresh().selector, now.to);
}

void Sequencer::set_selector(const nlohmann::json& selector, Colour active) {
  wait("Service " + seen_.spec.service + " is pointed at " + seen_.spec.deployment(active));
  const bool is_there = seen_.service.selector == selector;
  if (!is_there) acted(SetSelector{selector, seen_.service.resource_version});
  Status& after = is_there ? status_ : *turn_.after;
  after.sequence.acted = true;
  after.active = active;
  after.active_template = seen_.colour(active).template_hash;
  after.selector = selector;
  turn_.check_again_in = milliseconds(0);
}

void Sequencer::route(const ColourSeen& to) {
  const auto is_of = [&](const Endpoint& endpoint) {
    return std::any_of(to.pods.begin(), to.pods.end(), [&](const Pod& pod) {
      return endpoint.pod.empty() ? pod.ip == endpoint.ip : pod.name == endpoint.pod;
    });
  };
  std::string others;
  std::size_t strangers = 0, ready = 0;
  for (const Endpoint& each : seen_.endpoints) {
    if (!is_of(each) && ++strangers <= kNamedPods) others += " " + (each.pod.empty() ? each.ip : each.pod);
    if (is_of(each) && each.ready) ++ready;
  }
  if (strangers == 0 && ready > 0) {
    return passed("the EndpointSlices of " + seen_.spec.service + " hold " + std::to_string(seen_.endpoints.size()) +
                  " addresses, all of the colour selected");
  }
  const std::string why =
      strangers > 0 ? "EndpointSlices still hold" + others : "EndpointSlices hold no ready address yet";
  wait(why, kPoll);
  if (is_back(sequence().step)) return;
  if (keeps_serving() && in_step() >= seen_.spec.start_timeout) fail("RouteFailed", why);
}

std::string Sequencer::ends_at(milliseconds duration) const {
  return kube::format_time(status_.sequence.step_started.value_or(seen_.now) + std::chrono::ceil<seconds>(duration));
}

bool Sequencer::keeps_serving() {
  if (fresh().found && fresh().available > 0) return true;
  fail(failed_reason(sequence().step), counted(fresh(), fresh_name()));
  return false;
}

void Sequencer::verify() {
  if (!keeps_serving()) return;
  const Verify& wanted = seen_.spec.verify;
  if (!wanted.checks.empty() && run_checks(wanted.checks) == Checks::kSettled) return;
  const auto left = std::chrono::ceil<seconds>(wanted.duration) - in_step();
  if (left.count() > 0)
    return wait(fresh_name() + " serves; looked at until " + ends_at(wanted.duration), std::min(left, seconds(5)));
  passed(fresh_name() + " served for " + text_of(wanted.duration) +
         (wanted.checks.empty() ? "" : " and its checks passed"));
}

void Sequencer::drain() {
  const bool back = is_back(sequence().step);
  if (!back && !keeps_serving()) return;
  const auto left = std::chrono::ceil<seconds>(seen_.spec.drain_delay) - in_step();
  const std::string& draining = back ? fresh_name() : old_name();
  if (left.count() > 0) {
    return wait(draining + " ends what it has, until " + ends_at(seen_.spec.drain_delay), std::min(left, seconds(5)));
  }
  passed(draining + " has had " + text_of(seen_.spec.drain_delay) + " without new connections");
}

void Sequencer::stop_old() {
  if (!sequence().acted && old().found && old().replicas != 0) return scale(old_name(), old(), 0);
  sequence().acted = true;
  if (old().pods.empty()) return passed("no pod of " + old_name() + " is left");
  wait(std::to_string(old().pods.size()) + " pods of " + old_name() + " are left", kPoll);
}

void Sequencer::contract() {
  const MigrationSeen& migration = seen_.migration;
  const std::string name = "DatabaseMigration " + seen_.spec.migration;
  if (!migration.found) return wait("there is no " + name, seconds(15));
  const bool is_done = migration.contracted == "True" || migration.contract_pending == 0;
  if (is_done && (migration.ready || migration.contract_pending == 0)) return passed("no contract step is pending");
  const std::string why = name + ": " +
                          (migration.contract_reason.empty() ? migration.reason : migration.contract_reason) + ": " +
                          (migration.contract_message.empty() ? migration.message : migration.contract_message);
  wait(why, seconds(15));
  if (migration.stalled || migration.contract_reason == "ContractFailed") {
    turn_.verdict = reconcile::stuck("ContractFailed", why);
  }
  if (migration.contract_reason == "AwaitingApproval" || migration.reason == "AwaitingApproval") {
    turn_.verdict = {.ready = true, .reason = "ContractAwaitsApproval", .message = why};
  }
}

}  // namespace rollout
