// The run, top to bottom. Between two calls stands what holds there; every rule is in docs/run-protocol.md.
#include "migrator/run/pipeline.h"

#include "common/error.h"
#include "migrator/run/phases.h"
#include "migrator/run/standing.h"

namespace run {
namespace {

void say_nothing_to_do(Context& run) {
  run.result.code = report::ExitCode::kDone;
  run.result.message = "nothing to do: the database is at its target";
  run.emit(report::events::kNothingToDo, {{"heads", run.result.heads}});
}

/// An older image that starts again beside a newer database has nothing to do, and doesn't know its revisions.
bool database_is_ahead(Context& run) {
  if (!run.first) run.first.emplace(postgres::Session::open(run.target, for_looking(run)));
  return is_ahead(run, *run.first);
}

void say_is_ahead(Context& run) {
  run.result.code = report::ExitCode::kDone;
  run.result.message = "nothing to do: the database is ahead of these files and has all they know";
  run.emit(report::events::kNothingToDo, {{"heads", run.result.heads}});
}

void prepare(Context& run) {
  take_database(run);
  // From here on nobody else works on this ledger: no run, and no orphaned server process of a killed one. The database
  // is whole: what a killed restore left was finished or removed. Another run may have done the work while we waited
  // for the lock: it is asked again where that costs nothing more.
  preflight(run);
  read_history(run, run.lock->session());
  refuse_what_failed_before(run);
}

void change(Context& run) {
  // Nothing was changed so far; all of these end the run with the database as it was.
  check_before(run);
  run.stop_if_cancelled();
  back_up(run);
  run.stop_if_cancelled();
  start_applying(run);
  run.heads_are_known = false;
  // The run's row says `running`: whoever comes after a crash knows.
  std::optional<Failure> failure = run.is_tool_mode() ? run_tool(run) : apply(run);
  // What was applied is on disk.
  if (!failure) failure = check_after(run);
  if (failure) {
    go_back(run, *failure);
  } else {
    run.result.code = report::ExitCode::kDone;
  }
  record_end(run);
  if (run.result.code == report::ExitCode::kDone) drop_old_databases(run);
}

void with_files(Context& run) {
  const layouts::Sum known = digest_without_reading(run.request);
  if (!known.problem.empty()) {
    run.emit(report::events::kWarning,
             {{"file", run.request.folder + "/" + layouts::kSumName},
              {"message", known.problem + ", so the files are read: `sluice digest` writes it anew"}});
  }
  if (nothing_to_do(run, known.digest)) {
    if (wants_answers(run.request)) run.files = read_files(run.request);
    return say_nothing_to_do(run);
  }
  run.files = read_files(run.request);
  run.result.digest = run.files.digest;
  if (known.digest.empty() && nothing_to_do(run, run.files.digest)) {
    return say_nothing_to_do(run);
  }
  run.digest = run_digest(run.request, run.files.digest);
  if (run.request.init_container && database_is_ahead(run)) return say_is_ahead(run);
  prepare(run);
  if (nothing_to_do(run, run.lock->session(), run.files.digest)) return say_nothing_to_do(run);
  check_history(run, run.lock->session());
  refuse_other_answers(run);
  make_plan(run);
  if (run.plan.steps.empty() && !checks_are_owed(run)) {
    record_nothing_pending(run);
    return say_nothing_to_do(run);
  }
  ask_approval(run);
  check_backup_possible(run, run.lock->session());
  change(run);
}

void with_tool(Context& run) {
  if (!run.request.expect_digest.empty()) run.digest = run_digest(run.request, run.request.expect_digest);
  prepare(run);
  // What is pending can't be known beforehand; only a named target may be there already.
  run.backup_is_wanted = run.rows != std::vector<std::string>{run.request.spec.target};
  check_backup_possible(run, run.lock->session());
  change(run);
}

void end_badly(Context& run, report::ExitCode code, const std::string& message) {
  run.result.code = code;
  run.result.message = message;
  if (message.rfind("SourceChanged:", 0) == 0) run.result.reason = "SourceChanged";
  try {
    record_end(run);
  } catch (const std::exception&) {
    // The row stays `running`; the next run sees that this one was cut off.
  }
}

}  // namespace

report::Result execute(const Request& request, const postgres::Target& target, report::EventSink& events,
                       const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request, target, events, clock, cancelled);
  run.emit(report::events::kRunStarted,
           {{"ledger", run.ledger->name()}, {"target", request.spec.target}, {"database", target.describe()}});
  try {
    run.is_tool_mode() ? with_tool(run) : with_files(run);
  } catch (const Error& error) {
    // What passes, a table's lock for one, ends the run of whoever was told to stop meanwhile.
    const bool told_to_stop = error.code == report::ExitCode::kNotNow && cancelled && cancelled();
    end_badly(run, told_to_stop ? report::ExitCode::kCancelled : error.code, error.what());
  } catch (const std::exception& error) {
    end_badly(run, report::ExitCode::kInternal, std::string("internal error: ") + error.what());
  }
  answer(run);
  run.result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - run.started).count();
  run.emit(report::events::kRunEnded, nlohmann::json::parse(report::to_json(run.result)));
  return run.result;
}

}  // namespace run
