#include "tests/operator/rollout/world.h"

#include "operator/rollout/sequencer.h"

namespace world {
namespace {

rollout::ColourSeen colour(const std::string& name) {
  rollout::ColourSeen seen{.found = true, .resource_version = "1"};
  seen.selector = {{"app", "shop"}, {"colour", name}};
  seen.labels = {{"app", "shop"}, {"colour", name}, {"more", "x"}};
  seen.template_hash = "template-of-" + name;
  seen.settled = true;
  return seen;
}

}  // namespace

Observed quiet() {
  Observed seen{.name = "shop", .namespace_name = "n", .uid = "u", .resource_version = "1", .generation = 1};
  seen.spec = {.migration = "db", .service = "shop", .blue = "shop-blue", .green = "shop-green"};
  seen.blue = colour("blue");
  seen.green = colour("green");
  seen.blue.replicas = 3;
  seen.service = {.found = true, .resource_version = "1", .selector = seen.blue.selector};
  seen.migration = {.found = true, .ready = true, .reason = "UpToDate"};
  seen.now = *kube::parse_time("2026-01-31T12:00:00Z");
  return seen;
}

Decision World::look(int writes) {
  const Decision decision = rollout::decide(seen);
  int left = writes < 0 ? 100 : writes;
  for (const kube::Event& each : decision.events) told.push_back(each.reason);
  if (decision.status && left-- > 0) seen.status = *decision.status;
  if (decision.action.index() != 0 && left-- > 0) do_action(decision.action);
  if (decision.after && left-- > 0) seen.status = *decision.after;
  return decision;
}

void World::do_action(const rollout::Action& action) {
  if (const auto* scale = std::get_if<rollout::Scale>(&action)) {
    named(scale->deployment).replicas = scale->replicas;
    named(scale->deployment).settled = false;
  } else if (const auto* selector = std::get_if<rollout::SetSelector>(&action)) {
    seen.service.selector = selector->selector;
    seen.service.resource_version = std::to_string(++version_);
  } else if (std::holds_alternative<rollout::StartChecks>(action)) {
    seen.check = {.found = true};
  }
}

void World::follow() {
  int number = 0;
  for (rollout::ColourSeen* each : {&seen.blue, &seen.green}) {
    const bool broken = broken_[number++];
    each->pods.clear();
    for (int i = 0; i < each->replicas; ++i) {
      const std::string name = (number == 1 ? "blue-" : "green-") + std::to_string(i);
      each->pods.push_back({name, "10.0." + std::to_string(number) + "." + std::to_string(i), !broken});
    }
    each->available = broken ? 0 : each->replicas;
    each->settled = true;
  }
  seen.endpoints.clear();
  for (const rollout::ColourSeen* each : {&seen.blue, &seen.green}) {
    if (!rollout::selects(seen.service.selector, each->labels)) continue;
    for (const rollout::Pod& pod : each->pods) seen.endpoints.push_back({pod.name, pod.ip, pod.ready});
  }
  if (seen.status.sequence.job.empty()) seen.check = {};
  if (seen.check.found && !seen.check.ended && checks_pass) checks_end(0);
}

void World::settle() {
  for (int i = 0; i < 60; ++i) {
    follow();
    const Decision decision = look();
    if (!decision.status && !decision.after && decision.action.index() == 0) {
      if (is_over(step())) return;
      later(std::chrono::seconds(5));
    }
  }
}

bool World::comes_to(Step wanted) {
  wants(Colour::kGreen);
  for (int i = 0; i < 60 && step() != wanted; ++i) {
    follow();
    look();
    if (step() != wanted) later(std::chrono::seconds(5));
  }
  follow();
  return step() == wanted;
}

void World::breaks(Colour which, bool broken) {
  broken_[which == Colour::kBlue ? 0 : 1] = broken;
  follow();
}

void World::later(std::chrono::seconds delay) { seen.now += delay; }

void World::wants(Colour which) {
  if (seen.spec.target == which) return;
  seen.spec.target = which;
  ++seen.generation;
}

void World::checks_end(int code, const std::string& message) {
  seen.check = {.found = true, .ended = true, .code = code, .message = message};
}

void World::migration(const std::string& ready, const std::string& reason) {
  seen.migration.ready = ready == "True";
  seen.migration.stalled = ready == "Stalled";
  seen.migration.reason = reason;
}

std::string World::condition(const std::string& type) const {
  const kube::Condition* found = kube::find(seen.status.conditions, type);
  return found ? found->status + "/" + found->reason : "-";
}

std::optional<Colour> World::served() const {
  if (rollout::selects(seen.service.selector, seen.blue.labels)) return Colour::kBlue;
  if (rollout::selects(seen.service.selector, seen.green.labels)) return Colour::kGreen;
  return std::nullopt;
}

}  // namespace world
