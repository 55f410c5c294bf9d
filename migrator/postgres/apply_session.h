// migrator/postgres/apply_session.h: the session that does the work, and holds the second key while it lives. Private
// to this folder.
#pragma once
#include "migrator/postgres/apply.h"
#include "migrator/postgres/channel.h"
#include "migrator/postgres/watch.h"

namespace postgres {

class ApplySession {
 public:
  /// Opens the session and takes the second key. Throws as Applier.
  ApplySession(const Target&, const Keys&, RunLock&, const ApplyOptions&);
  /// Prints what it would do (Paper).
  ApplySession(const Keys&, const ApplyOptions&, const Paper&);

  /// Sends and reads. Throws TransientError when a guard or the second key says that the lock is lost, PermanentError
  /// (kInternal) when no error came but the count of results or the transaction's status is not as expected.
  /// `ends`: after the message no transaction is open.
  enum class Ends { kIdle, kInTransaction };
  Reply send(const Message&, std::string_view script, Ends ends);

  /// After an error: rolls back, resets, takes the second key again.
  void recover();
  const std::string& guard() const { return guard_; }
  void add_after_reset(Message& message, std::size_t step) const {
    postgres::add_after_reset(message, set_after_reset_, keys_.apply, step);
  }
  /// The second key once more, at a message's end.
  void add_key(Message& message) const;
  /// Sleeps, awake for cancellation. False: cancelled.
  bool pause(std::chrono::milliseconds) const;
  bool is_cancelled() const { return options_.cancelled && options_.cancelled(); }

  const ApplyOptions& options() const { return options_; }
  /// RunLock's, around a CONCURRENTLY statement.
  void release_waited_for_keys() const;
  [[nodiscard]] bool retake_waited_for_keys() const;
  const Wire& wire() const { return *wire_; }
  int backend_pid() const { return pid_; }  // the server's own, also behind a proxy
  int total_statements = 0;                 // of the step under way, for progress

  /// Statements of ours in one flushed transaction, after a reset. Throws as Session.
  void execute(const std::string& statements, std::string_view title = {});
  /// One query under the session's own role and search_path, first row only. Throws as Session.
  std::optional<Row> probe(const std::string& query);

 private:
  Channel::Callbacks callbacks();
  void begin();
  void take_second_key();

  Keys keys_;
  RunLock* lock_ = nullptr;  // printing: none
  std::string guard_;
  const ApplyOptions& options_;
  std::string set_after_reset_;
  int pid_ = 0;
  std::unique_ptr<Wire> wire_;
  std::optional<Watcher> watcher_;  // printing: none
};

}  // namespace postgres
