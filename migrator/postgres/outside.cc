#include "migrator/postgres/outside.h"

#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/postgres/explain.h"
#include "migrator/postgres/probe.h"
#include "migrator/postgres/retry.h"
#include "migrator/sql/words.h"

namespace postgres {
namespace {

using OutsideEnds = ApplySession::Ends;
using report::ExitCode;

// SET LOCAL: the file's own settings must be back for its next statement.
void add_local_reset(Message& message) {
  for (const std::string_view sql : {"SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL ROLE NONE",
                                     "SET LOCAL search_path = pg_catalog, pg_temp"}) {
    message.add(Part::kReset, sql);
  }
  add_durability(message, Durability::kFlushed, 0);
}

class Outside {
 public:
  Outside(ApplySession& session, const Prepared& prepared)
      : session_(session), step_(*prepared.step), plan_(prepared.plan) {
    applied_ = static_cast<std::size_t>(step_.already_applied);
    in_doubt_ = step_.resumed;
  }

  std::optional<StepError> run() {
    session_.total_statements = static_cast<int>(plan_.statements.size());
    if (!step_.begin_sql.empty()) session_.execute(step_.begin_sql, step_.title);
    SLUICE_FAILPOINT("step-begun");
    if (auto failed = set_again()) return finish_error(std::move(*failed));
    for (const Group& group : plan_.groups) {
      if (group.body_end <= applied_) continue;
      if (session_.is_cancelled()) return finish_error(cancelled_before(step_.name));
      std::optional<StepError> failed = group.alone ? run_alone(group) : run_transaction(group);
      if (failed) return finish_error(std::move(*failed));
      applied_ = group.end;
      in_doubt_ = false;
    }
    session_.execute(step_.finish_sql);
    return std::nullopt;
  }

 private:
  // Settings of statements that were done went with their session, or with its reset after an error.
  std::optional<StepError> set_again() {
    Message message;
    for (const Group& group : plan_.groups) {
      for (std::size_t i = group.body; i < group.body_end && i < applied_; ++i) {
        const PlannedStatement& planned = plan_.statements[i];
        if (planned.sets && !is_local(planned)) message.add(Part::kFile, planned.statement.text, 0, &planned);
      }
    }
    if (message.empty()) return std::nullopt;
    return send(message);
  }

  static bool is_local(const PlannedStatement& planned) {
    sql::Words words(planned.statement.text);
    return words.accept("SET", "LOCAL") || words.accept("SET", "TRANSACTION") || words.accept("SET", "CONSTRAINTS");
  }

  void add_progress(Message& message, std::size_t applied) {
    if (step_.progress_sql) message.add_all(Part::kBookkeeping, step_.progress_sql(static_cast<int>(applied)));
  }

  Message progress_message(std::size_t applied) {
    Message message;
    message.add(Part::kBegin, "BEGIN");
    message.add(Part::kGuard, session_.guard());
    add_local_reset(message);
    add_progress(message, applied);
    message.add(Part::kCommit, "COMMIT");
    return message;
  }

  std::optional<StepError> send(const Message& message, OutsideEnds ends = OutsideEnds::kIdle) {
    const Reply reply = session_.send(message, plan_.script->text, ends);
    if (!reply.error) return std::nullopt;
    last_error_ = *reply.error;
    return explain(message, *reply.error, *plan_.script);
  }

  std::optional<StepError> run_transaction(const Group& group) {
    Ladder ladder(session_);
    for (;;) {
      std::optional<StepError> failed = send_transaction(group);
      if (!failed) return std::nullopt;
      session_.recover();
      failed = ladder.next(last_error_, std::move(*failed));
      if (failed) return failed;
      if (auto unset = set_again()) return unset;
    }
  }

  // A file that was corrected behind what an earlier run did may have both in one group: the done part keeps its
  // SET LOCAL only.
  std::optional<StepError> send_transaction(const Group& group) {
    Message message;
    message.add(Part::kBegin, group.begin);
    message.add(Part::kGuard, session_.guard());
    for (std::size_t i = group.body; i < group.body_end; ++i) {
      const PlannedStatement& planned = plan_.statements[i];
      if (i < applied_ && !(planned.sets && is_local(planned))) continue;
      if (message.text.size() > kWindow || plan_.one_by_one || message.expected.size() > 500) {
        if (auto failed = send(message, OutsideEnds::kInTransaction)) return failed;
        if (session_.is_cancelled()) return cancelled_in(step_.name);
        message = {};
        message.add(Part::kGuard, session_.guard());
      }
      message.add(Part::kFile, planned.statement.text, 0, &planned);
    }
    if (!group.own_end.empty()) {
      message.add(Part::kCommit, group.own_end);
      if (auto failed = send(message)) return failed;
      return send(progress_message(group.end));
    }
    add_constraints(message, 0);
    add_local_reset(message);
    add_progress(message, group.end);
    message.add(Part::kCommit, "COMMIT");
    return send(message);
  }

  std::optional<StepError> run_alone(const Group& group) {
    const PlannedStatement& planned = plan_.statements[group.body];
    const Probed probed = clean_up(planned);
    if (probed.answer == Probed::Answer::kBusy) return busy(planned);
    if (probed.answer == Probed::Answer::kRun) {
      if (auto failed = execute_alone(planned, probed.instead, tries_of(planned))) return failed;
    }
    SLUICE_FAILPOINT("statement-done");
    Message progress = progress_message(group.end);
    // DISCARD ALL lets go of the second key.
    session_.add_key(progress);
    return send(progress);
  }

  // Asks until nothing is left to clean: a broken REINDEX of a table may have left several.
  Probed clean_up(const PlannedStatement& planned) {
    constexpr int kMostLeftOvers = 100;
    for (int left = 0; left < kMostLeftOvers; ++left) {
      Probed probed = probe(session_, planned, in_doubt_);
      if (probed.clean_up.empty()) return probed;
      if (auto failed = execute_alone(planned, probed.clean_up, 1)) throw TransientError(failed->message, failed->code);
    }
    return {};
  }

  // What a REINDEX or CLUSTER met may be met again; CONCURRENTLY has no lock timeout.
  int tries_of(const PlannedStatement& planned) const {
    return planned.repeatable && !planned.concurrently ? session_.options().lock_attempts : 1;
  }

  std::optional<StepError> execute_alone(const PlannedStatement& planned, const std::string& instead, int tries) {
    Ladder ladder(session_, tries);
    for (;;) {
      std::optional<StepError> failed = send_alone(planned, instead);
      if (!failed) return std::nullopt;
      failed = ladder.next(last_error_, std::move(*failed));
      // Also where it is the end: what the statement left is looked for under the file's settings.
      auto unset = set_again();
      if (failed) return failed;
      if (unset) return unset;
    }
  }

  std::optional<StepError> send_alone(const PlannedStatement& planned, const std::string& instead) {
    last_error_ = {};
    Message before;
    before.add(Part::kGuard, session_.guard());
    // With a timeout CONCURRENTLY fails under any long transaction, and leaves an invalid index each time.
    if (planned.concurrently) before.add_all(Part::kReset, kNoLockTimeout);
    if (auto failed = send(before)) return failed;
    if (planned.concurrently) session_.release_waited_for_keys();
    Message alone;
    alone.add(Part::kFile, instead.empty() ? planned.statement.text : std::string_view(instead), 0, &planned);
    std::optional<StepError> failed = send(alone);
    const ServerError error = std::exchange(last_error_, {});
    if (failed && in_doubt_ && says_already_done(planned, error.sqlstate)) failed.reset();
    if (planned.concurrently && !session_.retake_waited_for_keys()) {
      return cancelled_before(step_.name);
    }
    if (failed) {
      session_.recover();
      last_error_ = error;
      return failed;
    }
    if (!planned.concurrently) return std::nullopt;
    Message after;
    after.add(Part::kReset, kLockTimeoutAgain);
    return send(after);
  }

  StepError busy(const PlannedStatement& planned) {
    StepError error;
    error.code = ExitCode::kNotNow;
    error.statement = planned.number;
    error.line = planned.statement.line;
    error.message = plan_.script->file + ":" + std::to_string(error.line) + ": statement " +
                    std::to_string(error.statement) +
                    ": another session is building this index; try again when it has ended";
    return error;
  }

  StepError finish_error(StepError error) {
    error.statements_applied = static_cast<int>(applied_);
    if (error.code == ExitCode::kStepFailed && (applied_ > 0 || left_something(error)))
      error.code = ExitCode::kHalfDone;
    return error;
  }

  // A failed build of the first statement leaves an invalid index; a rerun drops it. What a CALL or DO had committed
  // stands, except where the server refused its words (only then the error has a place in them).
  bool left_something(const StepError& error) const {
    if (error.statement < 1) return false;
    const PlannedStatement& planned = plan_.statements[static_cast<std::size_t>(error.statement) - 1];
    if (planned.alone && planned.traits().may_commit) return error.column == 0;
    if (!planned.outside || planned.probe == sql::ProbeKind::kNone) return false;
    return !probe(session_, planned, false).clean_up.empty();
  }

  static constexpr std::size_t kWindow = std::size_t{1} << 20;
  static constexpr const char* kNoLockTimeout =
      "SELECT pg_catalog.set_config('sluice.lock_timeout', pg_catalog.current_setting('lock_timeout'), false);"
      "SET lock_timeout = 0";
  static constexpr const char* kLockTimeoutAgain =
      "SELECT pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('sluice.lock_timeout'), false)";

  ApplySession& session_;
  const StepSql& step_;
  const ScriptPlan& plan_;
  std::size_t applied_ = 0;
  bool in_doubt_ = false;  // an earlier run may have done the next statement
  ServerError last_error_ = {};
};

}  // namespace

std::optional<StepError> apply_outside(ApplySession& session, const Prepared& prepared) {
  return Outside(session, prepared).run();
}

}  // namespace postgres
