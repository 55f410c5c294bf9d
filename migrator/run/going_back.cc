// Preference: the transaction, the down scripts, the backup (run-protocol, Going back). The transaction has had its
// turn when go_back() is called: a failed step has left nothing.
#include <algorithm>

#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

void end_with(Context& run, report::ExitCode code, const std::string& message, const std::string& next) {
  run.result.code = code;
  run.result.message = message;
  run.result.next = next;
}

std::string by_hand(const Context& run) {
  if (!run.backup) return "no backup was made: put the database right by hand";
  return "to put the backup back by hand (losing what was written since): " +
         restore_command(run, shell_word(run.backup->file) + " --backup-dir " + shell_word(run.request.backup_dir));
}

void tell_went_back(Context& run, const Failure& failure, const std::string& how) {
  end_with(run, report::ExitCode::kWentBack, "went back (" + how + ") because " + failure.message,
           "correct the cause; these files are not tried again unless --again is said (in a cluster: the annotation "
           "sluice.dev/retry)");
  run.emit(report::events::kWentBack, {{"how", how}});
  check_health_again(run);
}

/// Undoes this run's own steps and those of the attempts before it by their down scripts, newest first.
void go_down(Context& run, const Failure& failure) {
  std::vector<revisions::Step> back;
  try {
    std::vector<revisions::Step> done = steps_of_attempts(run);
    done.insert(done.end(), run.plan.steps.begin(), run.plan.steps.begin() + run.result.applied);
    back = reversed(done);
  } catch (const PermanentError& error) {
    return end_with(run, report::ExitCode::kNotWentBack, failure.message + "; can't go down: " + error.what(),
                    by_hand(run));
  }
  // An earlier run applied all, and its end was told to somebody: it isn't this one's to undo unasked.
  if (back.empty() && failure.code == report::ExitCode::kCheckAfterFailed) {
    return end_with(run, report::ExitCode::kNotWentBack,
                    failure.message + "; not gone back: this run applied nothing, an earlier one did",
                    "put right what the check found and run again, or take the revisions back with `sluice downgrade`");
  }
  for (const revisions::Step& step : back) {
    run.current_step = step.revision->id;
    postgres::StepSql sql = step_sql(run, step, shape_of(run, step));
    sql.last = true;
    if (const auto error = run.applier->apply(sql)) {
      return end_with(run, report::ExitCode::kNotWentBack,
                      failure.message + "; and going down failed: " + error->message, by_hand(run));
    }
    run.result.applied = std::max(0, run.result.applied - 1);
    ++run.result.pending;
    run.emit(report::events::kStepDone,
             {{"step", step.revision->id}, {"direction", direction_word(step)}, {"file", script_of(step).file}});
  }
  tell_went_back(run, failure, "downgrade");
}

std::string rows(std::int64_t count) {
  return std::to_string(std::max<std::int64_t>(count, 0)) + (count == 1 ? " row" : " rows");
}

/// In two numbers: until the first step only others write; later the statistics can't tell the run's own rows apart.
std::string written_since(Context& run) {
  constexpr const char* kHow = " (counted by the server's statistics, which know of the last seconds late)";
  const std::int64_t now = backup::count_writes(run.lock->session()).tuples;
  if (run.writes_before_backup) {
    return rows(run.writes_before_steps - *run.writes_before_backup) +
           " that others wrote from the backup's start to the run's first step, and " +
           rows(now - run.writes_before_steps) + " written since, this run's own included" + kHow;
  }
  // A crash of the server empties its statistics.
  if (!run.backup->writes || now < *run.backup->writes) {
    return "what was written since the backup of an earlier attempt, uncounted";
  }
  return rows(now - *run.backup->writes) +
         " written since the backup of an earlier attempt, those of the attempts included" + kHow;
}

int applied_by_attempts(const Context& run) {
  try {
    return static_cast<int>(steps_of_attempts(run).size());
  } catch (const PermanentError&) {
    return 0;  // a downgrade: what it took back isn't pending
  }
}

void put_backup_back(Context& run, const Failure& failure) {
  backup::RestoreRequest request;
  request.from = *run.backup;
  request.pg_bin = run.request.pg_bin;
  request.maintenance = run.request.maintenance;
  request.run = run.id;
  journal::Run row = run.row("went back");
  row.exit_code = static_cast<int>(report::ExitCode::kWentBack);
  row.heads = run.backup->heads;
  request.after_sql = journal_after_restore(run, row, run.journal.entries(run.lock->session()));
  request.close_own_sessions = [&run] {
    run.applier.reset();
    run.lock.reset();
  };
  request.progress = [&run](const std::string& stage) {
    run.emit(report::events::kGoingBack, {{"how", "restore"}, {"stage", stage}});
  };
  const std::string lost = "lost are " + written_since(run);
  const int pending = run.result.pending + run.result.applied + applied_by_attempts(run);
  try {
    const backup::Restored restored = backup::restore(run.target, request);
    run.result.pending = pending;
    run.result.applied = 0;
    run.result.heads = restored.heads;
    run.recorded = false;  // after_sql wrote the run's row already
    SLUICE_FAILPOINT("run.restored");
    run.emit(report::events::kWarning, {{"file", run.backup->file}, {"message", lost}});
    tell_went_back(run, failure, "restore of " + run.backup->file);
  } catch (const Error& error) {
    end_with(run, report::ExitCode::kNotWentBack, failure.message + "; and the restore failed: " + error.what(),
             by_hand(run));
  }
}

void restore(Context& run, const Failure& failure) {
  const auto refuse = [&](const std::string& why) {
    end_with(run, report::ExitCode::kNotWentBack, failure.message + "; not restored: " + why, by_hand(run));
  };
  if (!run.backup) return refuse("there is no backup");
  if (!run.attempts.empty() && run.attempts.front().backup != run.backup->file) {
    return refuse("run " + run.attempts.front().run +
                  " had begun this change, and there is no backup from before it; " + run.backup->file +
                  " holds what that run left");
  }
  if (run.backup->mode != "full") return refuse("the backup holds the schema only");
  if (run.request.init_container) return refuse("an init container doesn't restore under other replicas' feet");
  if (!run.request.spec.backup.accept_lost_writes) {
    return refuse("what others wrote since the backup would be lost, and backup.acceptLostWrites is not set: " +
                  written_since(run));
  }
  put_backup_back(run, failure);
}

/// 21 of a step of ours left nothing; of a tool that ended well and missed its target, who knows what.
bool can_go_back_from(const Context& run, report::ExitCode code) {
  return code == report::ExitCode::kStepFailed || code == report::ExitCode::kHalfDone ||
         code == report::ExitCode::kCheckAfterFailed ||
         (code == report::ExitCode::kHistoryMismatch && run.is_tool_mode());
}

bool nothing_was_done(const Context& run, const Failure& failure) {
  return run.result.applied == 0 && failure.code == report::ExitCode::kStepFailed && run.attempts.empty() &&
         !run.is_tool_mode();
}

}  // namespace

void go_back(Context& run, const Failure& failure) {
  end_with(run, failure.code, failure.message, failure.next);
  run.is_going_back = true;
  const spec::OnFailure wanted = run.request.spec.on_failure;
  if (wanted == spec::OnFailure::kStop || !can_go_back_from(run, failure.code)) return;
  if (nothing_was_done(run, failure)) return tell_went_back(run, failure, "the transaction was rolled back");
  run.emit(report::events::kGoingBack,
           {{"how", wanted == spec::OnFailure::kDowngrade ? "downgrade" : "restore"}, {"because", failure.message}});
  if (wanted == spec::OnFailure::kRestore) return restore(run, failure);
  if (run.is_tool_mode() || failure.code == report::ExitCode::kHalfDone) {
    return end_with(run, report::ExitCode::kNotWentBack,
                    failure.message + "; " +
                        (run.is_tool_mode() ? "a tool's steps have no down scripts here"
                                            : "a half-done step can't be undone by its down script"),
                    failure.code == report::ExitCode::kHalfDone ? failure.next : by_hand(run));
  }
  go_down(run, failure);
}

}  // namespace run
