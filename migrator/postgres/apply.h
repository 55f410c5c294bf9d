// migrator/postgres/apply.h: one step on the apply session, over plain libpq (run-protocol, "A transactional step", "A
// non-transactional step").
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/report/exit_code.h"
#include "common/spec/spec.h"
#include "migrator/postgres/lock.h"
#include "migrator/revisions/revision.h"
#include "migrator/sql/statement.h"

namespace postgres {

/// What goes around a script; written by run/ from ledger and journal, so that this folder knows neither.
struct StepSql {
  std::string name = {};   // revision id, for messages and events
  std::string title = {};  // comment lines over it where it is printed
  const revisions::Script* script = nullptr;
  revisions::TransactionMode transaction = revisions::TransactionMode::kDefault;
  bool strict_transaction = false;  // a mixed file without `transaction: off` is refused
  std::string bookkeeping = {};     // transactional: ledger and journal rows, in the step's own transaction
  bool last = false;                // flush: commit with the configured synchronous_commit
  // Non-transactional only:
  std::string begin_sql = {};                                 // journal row `running`, committed first
  std::function<std::string(int applied)> progress_sql = {};  // statements_applied so far
  std::string finish_sql = {};                                // ledger and journal rows, one transaction
  int already_applied = 0;  // statements done by an earlier run; above 0 the step is never transactional
  bool resumed = false;  // an earlier run began this step: the next statement may be done already, its probe is asked
};

/// How a script will be run, found when planned, without a database.
struct Shape {
  bool transactional = true;
  bool has_characteristics = false;  // asks for an isolation level of its own
  int statements = 0;
  bool destructive = false;
  bool calls_out = false;  // to another server, or lets later statements do so
  std::vector<std::string> warnings = {};
};
/// Throws PermanentError(kStepFailed) naming file and line: unterminated quote, psql command, transaction control,
/// CREATE INDEX CONCURRENTLY without a name, mixed file in a strict layout. `already_applied`: as in StepSql.
Shape examine(const revisions::Script&, revisions::TransactionMode, bool strict, const sql::Dialect&,
              int already_applied = 0);

/// Marks, in printed text, what only its own session needs and a run doesn't send.
inline constexpr const char* kOneSessionOnly = "-- for one session alone: a run's lock session keeps it";

/// Where a statement failed.
struct StepError {
  report::ExitCode code =
      report::ExitCode::kStepFailed;  // 10 for lock timeout and lost lock, 22 half done, 143 cancelled
  std::string message = {};  // "db/003_x.up.sql:12: statement 4: relation \"a\" does not exist (42P01)" without DETAIL
  std::string sqlstate = {};
  int statement = 0;                 // 1-based; 0: not known
  int line = 0, column = 0;          // 1-based; 0: not known
  int statements_applied = 0;        // of a non-transactional step
  std::size_t step = 0;              // of apply_in_one_transaction: which of the steps
  bool any_step = false;             //   a deferred constraint, checked at the end: any of them may have broken it
  bool refused_transaction = false;  // the statement would run outside a transaction, where the header allows it
};

/// lock_timeout is the length of one try; a transactional step that meets it is rolled back, waits, and tries again,
/// lock_attempts times (55P03, 40P01, 40001). CONCURRENTLY runs without lock_timeout, under the watcher.
struct ApplyOptions {
  std::chrono::milliseconds lock_timeout{5000};
  std::chrono::milliseconds statement_timeout{0};
  bool calls_out = false;  // any step may reach another server: each is flushed as it is committed
  int lock_attempts = 10;
  std::chrono::milliseconds first_pause{500};           // before the second try; doubles up to 30 s, with jitter
  spec::OnBlocked on_blocked = spec::OnBlocked::kWait;  // give up: one try; terminate: ends the blockers' sessions
  std::function<bool()> cancelled = {};                 // SIGTERM
  std::function<void(const std::string& notice)> notice = {};  // server notices, redacted
  std::function<void(int statement, int total)> progress = {};
  std::function<void(const std::string& blocker)> blocked = {};  // from the watch session
  std::function<void(std::size_t index)> step_done = {};         // of apply_all, as each is known to be committed
};

/// Instead of a connection: every message goes onto paper, as it would be sent, and is taken to have succeeded.
struct Paper {
  std::string* text = nullptr;  // grows
  Session* look = nullptr;      // answers the probes, by SELECT; nullptr: nothing of what they ask for is there
  sql::Dialect dialect = {};
};

/// The apply session and the watcher. Holds the second key while it lives.
class Applier {
 public:
  Applier(const Target&, const Keys&, RunLock&, ApplyOptions);
  /// Prints (see Paper). Nobody's lock session exists: the guard names the session that runs the text, and after each
  /// reset that session takes the run key again, in lines that end with kOneSessionOnly.
  Applier(const Keys&, ApplyOptions, const Paper&);
  Applier(Applier&&) noexcept;
  ~Applier();
  /// none: done. Afterwards the transaction status is IDLE, the session reset, the second key held again.
  /// Throws TransientError/InDoubtError when the connection or the lock is lost.
  [[nodiscard]] std::optional<StepError> apply(const StepSql&);
  /// Several small transactional steps, pipelined or one message each; stops at the first error. Returns how many were
  /// done.
  [[nodiscard]] std::optional<StepError> apply_all(const std::vector<StepSql>&, std::size_t& done);
  /// `transaction: all`: all of them in one transaction; an error says in which step it came.
  [[nodiscard]] std::optional<StepError> apply_in_one_transaction(const std::vector<StepSql>&);
  /// Bookkeeping outside a step (stamp, run rows): one transaction with guard, flushed.
  void execute(const std::string& statements, const std::string& title = {});
  /// Commits something small with full durability, so that all before is on disk (run-protocol, Durability).
  void flush();
  /// The server's process, for whoever looks at pg_stat_activity.
  int backend_pid() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postgres
