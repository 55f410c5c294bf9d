#include "common/error.h"
#include "migrator/checks/check.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

/// The first failure; none: all passed.
std::optional<checks::Outcome> first_failure(Context& run, const std::vector<spec::Check>& wanted, const char* when) {
  if (wanted.empty()) return std::nullopt;
  checks::World world;
  world.database = &run.target;
  world.read_heads = [&run](postgres::Session& session) {
    return run.ledger->read(session).value_or(std::vector<std::string>());
  };
  world.cancelled = run.cancelled;
  const auto tell = [&](const checks::Outcome& outcome) {
    if (outcome.no_answer) {
      run.emit(report::events::kWarning,
               {{"file", "check " + outcome.name}, {"message", "could not be asked: " + outcome.reason}});
      return;
    }
    run.emit(outcome.passed ? report::events::kCheckPassed : report::events::kCheckFailed,
             {{"check", outcome.name},
              {"when", when},
              {"reason", outcome.reason},
              {"attempts", outcome.attempts},
              {"took_ms", outcome.took_ms}});
  };
  const std::vector<checks::Outcome> outcomes = checks::run_all(wanted, world, tell);
  if (outcomes.empty() || outcomes.back().passed) return std::nullopt;
  return outcomes.back();
}

}  // namespace

bool checks_are_owed(const Context& run) {
  if (run.earlier_runs.empty() || run.request.spec.checks.after.empty()) return false;
  const journal::Run& last = run.earlier_runs.front();
  return last.digest == run.digest && last.result != "succeeded";
}

void check_before(Context& run) {
  const auto failed = first_failure(run, run.request.spec.checks.before, "before");
  run.stop_if_cancelled();
  if (!failed) return;
  if (failed->no_answer) {
    throw TransientError("check " + failed->name + " could not be asked before the run: " + failed->reason,
                         *failed->no_answer);
  }
  throw PermanentError("check " + failed->name + " failed before the run: " + failed->reason,
                       report::ExitCode::kCheckBeforeFailed);
}

std::optional<Failure> check_after(Context& run) {
  const std::vector<spec::Check>& wanted = run.request.spec.checks.after;
  if (wanted.empty()) return std::nullopt;
  const auto failed = first_failure(run, wanted, "after");
  if (failed && run.cancelled && run.cancelled()) {
    return Failure{.code = report::ExitCode::kCancelled,
                   .message = "cancelled while checking; all steps are applied",
                   .next = "run again: the checks are asked again"};
  }
  // Nothing is known: no reason to go back from what may be good. The next run owes the checks.
  if (failed && failed->no_answer) {
    return Failure{
        .code = *failed->no_answer,
        .message = "all steps are applied, but check " + failed->name + " could not be asked: " + failed->reason,
        .next = "run again: the checks are asked again"};
  }
  run.result.healthy = !failed;
  if (!failed) return std::nullopt;
  return Failure{.code = report::ExitCode::kCheckAfterFailed,
                 .message = "check " + failed->name + " failed after the run: " + failed->reason,
                 .next =
                     "the new schema is in place: repair what the check looks at and run again, or go back with "
                     "`sluice downgrade` or `sluice restore`"};
}

void check_health_again(Context& run) {
  std::vector<spec::Check> of_the_application;
  for (const spec::Check& check : run.request.spec.checks.after) {
    if (check.http || check.tcp) of_the_application.push_back(check);
  }
  if (of_the_application.empty()) return;
  run.result.healthy = !first_failure(run, of_the_application, "after going back");
}

}  // namespace run
