#include "migrator/checks/check.h"

#include <algorithm>
#include <thread>

#include "migrator/checks/attempt.h"

namespace checks {
namespace {

std::string joined(std::vector<std::string> heads) {
  std::sort(heads.begin(), heads.end());
  std::string text;
  for (const std::string& head : heads) text += (text.empty() ? "" : ", ") + head;
  return text.empty() ? "none" : text;
}

Failure compare_heads(const std::vector<std::string>& wanted, const std::vector<std::string>& actual) {
  const std::string expected = joined(wanted);
  const std::string found = joined(actual);
  if (expected == found) return std::nullopt;
  return "the heads are " + found + ", expected " + expected;
}

Failure attempt(const spec::Check& check, const World& world, const Limit& limit) {
  if (!check.sql.empty()) return attempt_sql(check.sql, *world.database, limit);
  if (!check.tables.empty()) return attempt_tables(check.tables, *world.database, limit);
  if (check.http) return attempt_http(*check.http, world.ca_file, limit);
  if (check.tcp) return attempt_tcp(*check.tcp, limit);
  return compare_heads(check.heads, world.heads);
}

/// The heads were read before: asking again can't change the answer.
bool is_settled_at_once(const spec::Check& check) {
  return check.sql.empty() && check.tables.empty() && !check.http && !check.tcp;
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
  const int most = is_settled_at_once(check) ? 1 : 1 + std::max(check.retries, 0);
  while (!outcome.passed && outcome.attempts < most && !is_cancelled(world)) {
    if (outcome.attempts > 0) pause(check.interval, world);
    const Limit limit{.deadline = std::chrono::steady_clock::now() + check.timeout, .cancelled = world.cancelled};
    const Failure failure = attempt(check, world, limit);
    ++outcome.attempts;
    outcome.passed = !failure;
    outcome.reason = failure.value_or("");
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
