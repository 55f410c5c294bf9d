#include "migrator/postgres/transactional.h"

#include <algorithm>

#include "migrator/postgres/explain.h"
#include "migrator/postgres/retry.h"

namespace postgres {
namespace {

using Ends = ApplySession::Ends;

constexpr std::size_t kMaxMessageBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxMessageStatements = 500;
constexpr std::size_t kMaxSteps = 32;  // in one message: a lost lock or SIGTERM stops us between messages

std::size_t size_of(const Prepared& prepared) { return prepared.plan.body_end - prepared.plan.body; }

bool fits_in_one(const Prepared& prepared) {
  return !prepared.plan.one_by_one && prepared.plan.script->text.size() <= kMaxMessageBytes &&
         size_of(prepared) <= kMaxMessageStatements;
}

// Its BEGIN may not have an isolation level: in the middle of a message a transaction has begun already.
bool may_share(const Prepared& prepared) {
  return fits_in_one(prepared) && !prepared.plan.has_characteristics &&
         (size_of(prepared) == 0 || !prepared.plan.statements[prepared.plan.body].sets);
}

std::string_view script_of(const Prepared& prepared) { return prepared.plan.script->text; }

/// What became of one message or one row of windows.
struct Outcome {
  std::size_t committed = 0;  // steps
  std::optional<ServerError> error = {};
  StepError explained = {};
  bool nothing_ran = false;  // a syntax error somewhere in the message
  // The reset behind a COMMIT failed: all steps before it are committed, and recover() does what the reset was for.
  bool only_reset_failed = false;
};

class Sender {
 public:
  Sender(ApplySession& session, const std::vector<Prepared>& steps) : session_(session), steps_(steps) {}

  Outcome send_shared(std::size_t from, std::size_t end) {
    for (std::size_t i = from; i < end; ++i) {
      begin(i);
      for (std::size_t s = steps_[i].plan.body; s < steps_[i].plan.body_end; ++s) add(i, s);
      finish(i);
    }
    session_.total_statements = static_cast<int>(steps_[from].plan.statements.size());
    Outcome outcome = send(from, Ends::kIdle);
    outcome.committed = outcome.error ? committed_before(outcome.error->at) : end - from;
    return outcome;
  }

  Outcome send_windows(std::size_t step) {
    session_.total_statements = static_cast<int>(steps_[step].plan.statements.size());
    begin(step);
    if (const Outcome failed = add_in_windows(step); failed.error) return failed;
    finish(step);
    Outcome outcome = send(step, Ends::kIdle);
    outcome.committed = outcome.error ? committed_before(outcome.error->at) : 1;
    return outcome;
  }

  Outcome send_together() {
    begin(0);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (i > 0) {
        message_.add(Part::kReset, "RESET search_path", i);
        message_.expected.back().title = steps_[i].step->title;
      }
      if (const Outcome failed = add_in_windows(i); failed.error) return failed;
      add_reset(message_, i);
      message_.add_all(Part::kBookkeeping, steps_[i].step->bookkeeping, i);
    }
    const std::size_t last = steps_.size() - 1;
    add_constraints(message_, last, Part::kDeferred);
    add_durability(message_, Durability::kFlushed, last);
    message_.add(Part::kCommit, "COMMIT", last);
    session_.add_after_reset(message_, last);
    return send(last, Ends::kIdle);
  }

 private:
  void begin(std::size_t step) {
    const ScriptPlan& plan = steps_[step].plan;
    message_.add(Part::kBegin, plan.begin, step);
    message_.expected.back().title = steps_[step].step->title;
    message_.add(Part::kGuard, session_.guard(), step);
  }

  void add(std::size_t step, std::size_t statement) {
    const PlannedStatement& planned = steps_[step].plan.statements[statement];
    message_.add(Part::kFile, planned.statement.text, step, &planned);
  }

  void finish(std::size_t step) {
    const Prepared& prepared = steps_[step];
    const bool flushed = prepared.step->last || prepared.plan.calls_out || session_.options().calls_out;
    add_constraints(message_, step);
    add_reset(message_, step);
    add_durability(message_, flushed ? Durability::kFlushed : Durability::kAsynchronous, step);
    message_.add_all(Part::kBookkeeping, prepared.step->bookkeeping, step);
    message_.add(Part::kCommit, "COMMIT", step);
    session_.add_after_reset(message_, step);
  }

  Outcome add_in_windows(std::size_t step) {
    const ScriptPlan& plan = steps_[step].plan;
    for (std::size_t s = plan.body; s < plan.body_end; ++s) {
      const std::size_t size = plan.statements[s].statement.text.size();
      const bool full =
          message_.text.size() + size > kMaxMessageBytes || message_.expected.size() >= kMaxMessageStatements;
      if ((full || plan.one_by_one) && message_.expected.back().part == Part::kFile) {
        if (Outcome failed = send(step, Ends::kInTransaction); failed.error) return failed;
        message_.add(Part::kGuard, session_.guard(), step);
      }
      add(step, s);
    }
    return {};
  }

  Outcome send(std::size_t step, Ends ends) {
    if (session_.is_cancelled()) return cancelled(step);
    Message message = std::exchange(message_, {});
    const Reply reply = session_.send(message, script_of(steps_[step]), ends);
    Outcome outcome;
    if (!reply.error) return outcome;
    outcome.error = reply.error;
    outcome.nothing_ran = reply.error->at == 0;
    sent_ = std::move(message);
    const Part part = sent_.expected[std::min(outcome.error->at, sent_.expected.size() - 1)].part;
    outcome.only_reset_failed = part == Part::kAfterReset || part == Part::kKey;
    const Expected& failed = failed_part(sent_, *outcome.error);
    outcome.explained = explain(sent_, *outcome.error, *steps_[failed.step].plan.script);
    return outcome;
  }

  // Between two windows the server has nothing to cancel.
  Outcome cancelled(std::size_t step) const {
    Outcome outcome;
    outcome.error = ServerError{.sqlstate = std::string(kQueryCancelled)};
    outcome.explained = cancelled_in(steps_[step].step->name);
    return outcome;
  }

  std::size_t committed_before(std::size_t failed_at) const {
    const auto end = sent_.expected.begin() + static_cast<std::ptrdiff_t>(std::min(failed_at, sent_.expected.size()));
    const auto commits = std::count_if(sent_.expected.begin(), end,
                                       [](const Expected& expected) { return expected.part == Part::kCommit; });
    return static_cast<std::size_t>(commits);
  }

  ApplySession& session_;
  const std::vector<Prepared>& steps_;
  Message message_, sent_;
};

std::size_t end_of_share(const std::vector<Prepared>& steps, std::size_t from) {
  std::size_t bytes = 0, statements = 0, end = from;
  while (end < steps.size() && end - from < kMaxSteps && may_share(steps[end])) {
    bytes += steps[end].plan.script->text.size() + steps[end].step->bookkeeping.size();
    statements += size_of(steps[end]);
    if (end > from && (bytes > kMaxMessageBytes || statements > kMaxMessageStatements)) break;
    ++end;
  }
  return std::max(end, from + 1);
}

}  // namespace

Prepared prepare(const StepSql& step, const sql::Dialect& dialect) {
  return {&step, plan_script(*step.script, step.transaction, step.strict_transaction, dialect, step.already_applied)};
}

std::optional<StepError> apply_transactional(ApplySession& session, const std::vector<Prepared>& steps,
                                             std::size_t& done) {
  Ladder ladder(session);
  std::size_t alone_until = 0;
  for (std::size_t from = 0; from < steps.size();) {
    if (session.is_cancelled()) return cancelled_before(steps[from].step->name);
    const std::size_t end = from < alone_until ? from + 1 : end_of_share(steps, from);
    Sender sender(session, steps);
    const Outcome outcome = fits_in_one(steps[from]) ? sender.send_shared(from, end) : sender.send_windows(from);
    for (std::size_t i = 0; i < outcome.committed; ++i) {
      if (session.options().step_done) session.options().step_done(done);
      ++done;
    }
    from += outcome.committed;
    if (outcome.committed > 0) ladder.start_again();
    if (!outcome.error) continue;
    session.recover();
    if (outcome.only_reset_failed) continue;
    if (outcome.nothing_ran && end - from > 1) {
      alone_until = end;  // the steps before the broken one are right: they go one by one
      continue;
    }
    if (std::optional<StepError> given_up = ladder.next(*outcome.error, outcome.explained)) return given_up;
  }
  return std::nullopt;
}

std::optional<StepError> apply_together(ApplySession& session, const std::vector<Prepared>& steps) {
  if (steps.empty()) return std::nullopt;
  Ladder ladder(session);
  for (;;) {
    if (session.is_cancelled()) return cancelled_before(steps[0].step->name);
    const Outcome outcome = Sender(session, steps).send_together();
    if (!outcome.error) return std::nullopt;
    session.recover();
    if (outcome.only_reset_failed) return std::nullopt;
    if (std::optional<StepError> given_up = ladder.next(*outcome.error, outcome.explained)) return given_up;
  }
}

}  // namespace postgres
