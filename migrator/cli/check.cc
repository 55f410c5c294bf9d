// `sluice check`: only checks, http and tcp, without a database: what a roll-out asks of the new code's pods.
#include <algorithm>
#include <thread>

#include "common/error.h"
#include "common/report/names.h"
#include "common/spec/sections.h"
#include "migrator/checks/check.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/run_flags.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"

namespace cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::vector<spec::Check> parse_checks(const std::string& text) {
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  std::vector<spec::Problem> problems;
  spec::Object object({{"after", list}}, "checks", problems);
  spec::Checks checks;
  spec::read_checks(object, checks);
  object.finish();
  for (const spec::Check& each : checks.after) {
    if (!each.http && !each.tcp) problems.push_back({"checks", each.name + ": must be http or tcp"});
  }
  if (checks.after.empty()) problems.push_back({"checks", "must be a JSON list of at least one check"});
  if (!problems.empty()) throw PermanentError(spec::describe(problems), report::ExitCode::kUsage);
  return checks.after;
}

void pause(milliseconds duration) {
  const auto end = steady_clock::now() + duration;
  while (!is_cancelled() && steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min(duration, milliseconds(50)));
  }
}

/// Round after round until the time is over; one round where it is 0.
report::Result run_checks(const std::vector<spec::Check>& checks, milliseconds duration, milliseconds interval,
                          report::EventSink& sink) {
  const auto begin = steady_clock::now();
  const checks::World world{.cancelled = is_cancelled};
  report::Result result{.code = report::ExitCode::kDone, .message = "all checks passed", .healthy = true};
  const auto tell = [&](const checks::Outcome& outcome) {
    sink.emit(outcome.passed ? report::events::kCheckPassed : report::events::kCheckFailed,
              {{"check", outcome.name},
               {"reason", outcome.reason},
               {"attempts", outcome.attempts},
               {"took_ms", outcome.took_ms}});
  };
  do {
    const std::vector<checks::Outcome> outcomes = checks::run_all(checks, world, tell);
    if (is_cancelled()) return {.code = report::ExitCode::kCancelled, .message = "cancelled while checking"};
    if (!outcomes.back().passed) {
      result.code = report::ExitCode::kCheckAfterFailed;
      result.healthy = false;
      result.message = "check " + outcomes.back().name + " failed: " + outcomes.back().reason;
      break;
    }
    const auto left = std::chrono::ceil<milliseconds>(begin + duration - steady_clock::now());
    if (left.count() > 0) pause(std::min(left, std::max(interval, milliseconds(100))));
  } while (!is_cancelled() && steady_clock::now() < begin + duration);
  result.took_ms = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin).count();
  return result;
}

}  // namespace

int check(const Words& words) {
  CommonFlags common;
  std::string given, duration, interval;
  Command command("check", "[flags]", "run http and tcp checks, without a database; 24 when one fails");
  command.option("--checks", "JSON", &given, "a list as in spec.checks.after, http and tcp only (SLUICE_CHECKS)");
  command.option("--for", "TIME", &duration, "round after round for this long (one round)");
  command.option("--interval", "TIME", &interval, "between two rounds (10s)");
  add_output(command, common);
  command.example(R"(sluice check --checks '[{"name":"api","http":{"url":"http://localhost:8080/healthz"}}]')",
                  "one round");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  if (given.empty()) given = environment(std::string(report::names::kEnvChecks));
  const std::vector<spec::Check> wanted = parse_checks(given);
  const auto sink = settings.sink();
  const report::Result result =
      run_checks(wanted, duration.empty() ? milliseconds(0) : duration_of("--for", duration),
                 interval.empty() ? milliseconds(10000) : duration_of("--interval", interval), *sink);
  write_termination_log(result);
  return print_result(result, settings.output());
}

}  // namespace cli
