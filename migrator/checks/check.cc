#include "migrator/checks/check.h"

#include <algorithm>
#include <thread>

#include "migrator/checks/attempt.h"

namespace checks {
namespace {

Asked attempt(const spec::Check& check, const World& world, const Limit& limit) {
  if (!check.sql.empty()) return attempt_sql(check.sql, *world.database, limit);
  if (!check.tables.empty()) return attempt_tables(check.tables, *world.database, limit);
  if (check.http) return {.failure = attempt_http(*check.http, world.ca_file, limit)};
  if (check.tcp) return {.failure = attempt_tcp(*check.tcp, limit)};
  return attempt_heads(check.heads, world, limit);
}

bool is_cancelled(const World& world) { return world.cancelled && world.cancelled(); }

void pause(std::chrono::milliseconds interval, const World& world) {
  const auto end = std::chrono::steady_clock::now() + interval;
  while (!is_cancelled(world) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::min(interval, std::chrono::milliseconds(50)));
}

}  // namespace

Outcome run(const spec::Check& check, const World& world) {
  const auto start = std::chrono::steady_clock::now();
  Outcome outcome{.name = check.name};
  const int most = 1 + std::max(check.retries, 0);
  const auto goes_on = [&] {
    if (outcome.passed || is_cancelled(world)) return false;
    if (outcome.no_answer) return std::chrono::steady_clock::now() < start + check.timeout * most;
    return outcome.attempts < most;
  };
  for (bool is_first = true; goes_on(); is_first = false) {
    if (!is_first) pause(check.interval, world);
    const Limit limit{.deadline = std::chrono::steady_clock::now() + check.timeout, .cancelled = world.cancelled};
    const Asked asked = attempt(check, world, limit);
    outcome.no_answer = asked.no_answer;
    if (!asked.no_answer) ++outcome.attempts;
    outcome.passed = !asked.failure;
    outcome.reason = asked.failure.value_or("");
  }
  if (!outcome.passed && is_cancelled(world)) outcome.reason = "cancelled";
  const auto took = std::chrono::steady_clock::now() - start;
  outcome.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  return outcome;
}

std::vector<Outcome> run_all(const std::vector<spec::Check>& all, const World& world,
                             const std::function<void(const Outcome&)>& done) {
  std::vector<Outcome> outcomes;
  for (const spec::Check& check : all) {
    outcomes.push_back(run(check, world));
    if (done) done(outcomes.back());
    if (!outcomes.back().passed) break;
  }
  return outcomes;
}

}  // namespace checks
