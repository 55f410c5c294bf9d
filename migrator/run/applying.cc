// Steps go to the server in windows of small ones, so that a window is lost at most when the lock is, and SIGTERM is
// obeyed between two of them; big ones and those outside a transaction go alone, so that their progress shows.
#include <algorithm>

#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

constexpr std::size_t kWindow = 32;
constexpr std::size_t kSmallBytes = 64 * 1024;

/// A killed run left its rows as `running`: whoever has the lock knows that it doesn't.
std::string close_interrupted_sql(const Context& run) {
  std::string sql;
  for (journal::Run earlier : run.earlier_runs) {
    if (earlier.result != "running") continue;
    earlier.result = "failed";
    earlier.heads = run.rows;
    earlier.exit_code = static_cast<int>(report::ExitCode::kInternal);
    sql += run.journal.finish_run_sql(earlier);
  }
  for (journal::Entry entry : run.entries) {
    if (entry.result != "running") continue;
    entry.result = "failed";
    entry.error = std::string(kCutOff) + "; noticed by run " + run.id;
    sql += run.journal.update_sql(entry);
  }
  return sql;
}

void tell_done(Context& run, std::size_t number) {
  const revisions::Step& step = run.plan.steps[number];
  const auto now = run.clock.steady();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(now - run.step_started);
  run.step_started = now;
  run.emit(report::events::kStepDone, {{"step", step.revision->id},
                                       {"direction", direction_word(step)},
                                       {"file", script_of(step).file},
                                       {"number", number + 1},
                                       {"of", run.plan.steps.size()},
                                       {"took_ms", took.count()}});
}

/// Statement by statement only for steps that go alone, and not more often than a person can read.
void tell_progress(Context& run, int statement, int total) {
  constexpr std::chrono::milliseconds kOften{200};
  const auto now = run.clock.steady();
  if (run.current_step.empty() || total < 2 || now - run.told_progress < kOften) return;
  run.told_progress = now;
  run.emit(report::events::kStepProgress,
           {{"step", run.current_step}, {"statement", statement}, {"statements", total}});
}

postgres::ApplyOptions options_of(Context& run) {
  postgres::ApplyOptions options;
  options.lock_timeout = run.request.spec.apply.lock_timeout;
  options.statement_timeout = run.request.spec.apply.statement_timeout;
  options.cancelled = [&run] { return !run.is_going_back && run.cancelled && run.cancelled(); };
  options.notice = [&run](const std::string& notice) {
    run.emit(report::events::kNotice, {{"step", run.current_step}, {"message", notice}});
  };
  options.calls_out = run.facts.calls_out || std::any_of(run.shapes.begin(), run.shapes.end(),
                                                         [](const postgres::Shape& shape) { return shape.calls_out; });
  options.on_blocked = run.request.spec.apply.on_blocked;
  options.progress = [&run](int statement, int total) { tell_progress(run, statement, total); };
  options.step_done = [&run](std::size_t index) { tell_done(run, run.window_first + index); };
  options.blocked = [&run](const std::string& blocker) {
    run.emit(report::events::kBlocked, {{"step", run.current_step}, {"by", blocker}});
  };
  return options;
}

bool is_together(const Context& run) { return run.request.spec.apply.transaction == spec::TransactionScope::kAll; }

bool is_small(const Context& run, std::size_t number) {
  return run.shapes[number].transactional && script_of(run.plan.steps[number]).text.size() <= kSmallBytes;
}

std::size_t end_of_window(const Context& run, std::size_t first) {
  if (is_together(run)) return run.plan.steps.size();
  std::size_t end = first + 1;
  if (!is_small(run, first)) return end;
  while (end < run.plan.steps.size() && end - first < kWindow && is_small(run, end)) ++end;
  return end;
}

/// One journal row for the attempt that failed. A half-done step has its row already.
void record_failure(Context& run, const revisions::Step& step, const postgres::Shape& shape,
                    const postgres::StepError& error) {
  journal::Entry entry = entry_of(run, step, shape);
  entry.result = error.code == report::ExitCode::kCancelled ? "cancelled" : "failed";
  entry.error = error.message;
  entry.statements_applied = error.statements_applied;
  run.applier->execute((shape.transactional ? run.journal.insert_sql(entry) : run.journal.update_sql(entry)));
}

std::string next_after(const Context& run, const postgres::StepError& error, const revisions::Step& step) {
  const std::string& file = script_of(step).file;
  if (error.any_step && error.code == report::ExitCode::kStepFailed) {
    return "correct the file whose rows break the constraint (`transaction: each` would name it) and run again with "
           "--again; all steps of this run were undone";
  }
  if (error.refused_transaction) {
    const std::string where =
        step.revision->transaction == revisions::TransactionMode::kOff
            ? "take statement " + std::to_string(error.statement) + " out of the BEGIN … COMMIT around it in " + file
            : "add the line `-- transaction: off` at the top of " + step.revision->up.file;
    return where + ", and run again: statement " + std::to_string(error.statement) + " can't run in a transaction";
  }
  switch (error.code) {
    case report::ExitCode::kStepFailed:
      return "correct " + file + " (or the data it stumbled over) and run again with --again; " +
             (is_together(run) ? "all steps of this run were undone" : "the steps before it stand");
    case report::ExitCode::kHalfDone:
      return "remove the cause and run again: it goes on at statement " + std::to_string(error.statements_applied + 1);
    case report::ExitCode::kNotNow:
    case report::ExitCode::kCancelled:
      return "run again: it goes on where it stopped";
    default:
      return {};
  }
}

Failure failed(Context& run, std::size_t number, const postgres::StepError& error) {
  const revisions::Step& step = run.plan.steps[number];
  record_failure(run, step, run.shapes[number], error);
  if (!error.any_step) run.result.step = step.revision->id;
  run.emit(report::events::kStepFailed, {{"step", step.revision->id},
                                         {"direction", direction_word(step)},
                                         {"file", script_of(step).file},
                                         {"message", error.message},
                                         {"sqlstate", error.sqlstate},
                                         {"statement", error.statement},
                                         {"line", error.line},
                                         {"column", error.column},
                                         {"code", static_cast<int>(error.code)}});
  return {
      .code = error.code, .message = error.message, .next = next_after(run, error, step), .step = step.revision->id};
}

std::optional<postgres::StepError> send(Context& run, const std::vector<postgres::StepSql>& window, std::size_t& done) {
  done = 0;
  const bool is_alone = window.size() == 1;
  run.current_step = is_alone ? window.front().name : "";
  run.step_started = run.clock.steady();
  if (!is_together(run)) return run.applier->apply_all(window, done);
  auto error = run.applier->apply_in_one_transaction(window);
  if (error) return error;
  for (done = 0; done < window.size(); ++done) tell_done(run, run.window_first + done);
  return std::nullopt;
}

std::vector<postgres::StepSql> window_of(const Context& run, std::size_t first, std::size_t end) {
  std::vector<postgres::StepSql> window;
  for (std::size_t i = first; i < end; ++i) {
    window.push_back(step_sql(run, run.plan.steps[i], run.shapes[i]));
    window.back().last = i + 1 == run.plan.steps.size();
  }
  return window;
}

void record_start(Context& run) {
  const Elsewhere elsewhere = done_elsewhere(run);
  const bool is_the_tools_own = run.is_tool_mode();
  std::string sql = run.has_ledger || is_the_tools_own ? "" : run.ledger->create_sql() + ";\n";
  sql += close_interrupted_sql(run) + complete_ancestry_sql(run) + elsewhere_sql(run, elsewhere) +
         run.journal.start_run_sql(run.row("running"));
  run.applier->execute(sql, "-- the run begins\n");
  run.recorded = true;
  tell_elsewhere(run, elsewhere);
}

}  // namespace

void start_applying(Context& run) {
  refuse_moved_ledger(run, run.lock->session());
  if (run.writes_before_backup) run.writes_before_steps = backup::count_writes(run.lock->session()).tuples;
  run.journal.ensure(run.lock->session());
  run.applier.emplace(run.target, run.keys, *run.lock, options_of(run));
  record_start(run);
  SLUICE_FAILPOINT("run.started");
}

void start_printing(Context& run, const postgres::Paper& paper) {
  run.prints = true;
  run.applier.emplace(run.keys, options_of(run), paper);
  record_start(run);
}

std::optional<Failure> apply(Context& run) {
  for (std::size_t first = 0; first < run.plan.steps.size();) {
    const std::size_t end = end_of_window(run, first);
    const std::vector<postgres::StepSql> window = window_of(run, first, end);
    run.window_first = first;
    run.emit(report::events::kStepStarted, {{"step", window.front().name},
                                            {"direction", direction_word(run.plan.steps[first])},
                                            {"number", first + 1},
                                            {"of", run.plan.steps.size()}});
    std::size_t done = 0;
    const auto error = send(run, window, done);
    run.result.applied += static_cast<int>(done);
    run.result.pending -= static_cast<int>(done);
    if (error) {
      run.applier->flush();
      return failed(run, first + (is_together(run) ? error->step : done), *error);
    }
    first = end;
    SLUICE_FAILPOINT("run.window");
  }
  run.applier->flush();
  run.current_step.clear();
  return std::nullopt;
}

}  // namespace run
