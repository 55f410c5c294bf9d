// migrator/postgres/lock.h: two advisory keys, polled, so that a killed run's orphaned backend can't work beside the
// next run (run-protocol, Lock).
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrator/postgres/session.h"

namespace postgres {

/// Another tool's advisory key, so that it and we exclude each other.
struct ForeignKey {
  std::int64_t key = 0;
  bool owner_waits = false;  // in pg_advisory_lock (golang-migrate, sqlx): released while CONCURRENTLY runs
};

struct Keys {
  std::int64_t run = 0;                  // held by the idle lock session for the whole run
  std::int64_t apply = 0;                // taken by the apply session before its first statement and after each reset
  std::vector<ForeignKey> foreign = {};  // taken all or none, in ascending order; none in tool mode
};
/// SQL of the guard that goes inside every message: raises unless the session with this pid holds the key in this
/// database, the one of the session that asks. Both are expressions or numbers.
std::string guard_sql(const std::string& pid, const std::string& database, std::int64_t run_key);
/// application_name of a user's tool that this run starts, so that the next run sees its sessions at work.
std::string tool_name(const Keys&, const std::string& run_id);
/// What the lock session sends, again and again until its first column is true.
std::string take_run_key_sql(const Keys&);
/// Derived from the ledger's schema and name.
Keys keys_for(const std::string& ledger_name);

/// Who holds a key, for "waiting for lock" messages.
struct Holder {
  int pid = 0;
  std::string application_name = {}, user = {}, client_address = {}, since = {};
};

/// Who holds this key of the session's database now; none: nobody.
std::optional<Holder> holder_of(Session&, std::int64_t key);
/// "sluice lock HOST": the host is the pod's name in Kubernetes, so that messages and pg_stat_activity name it.
std::string name_with_host(const std::string& name);

/// Holds the first key on its own idle session until destroyed.
class RunLock {
 public:
  struct Wait {
    std::chrono::milliseconds at_most{600000};
    std::function<void(const Holder&)> waiting = {};  // called when the holder changes and about every 10 s
    std::function<bool()> cancelled = {};             // asked between polls
    /// When a killed run's apply session, or its tool's, still works after this long it is ended
    /// (pg_terminate_backend); none: waited for.
    std::optional<std::chrono::milliseconds> end_orphan_after = {};
  };
  /// Polls pg_try_advisory_lock (never waits in the server), then waits until nobody holds the second key, and no
  /// session of a tool that an earlier run of this ledger started is there.
  /// Throws TransientError(kNotNow) naming the holder when the time is over.
  static RunLock acquire(const Target&, const Keys&, const Wait&);
  RunLock(RunLock&&) noexcept;
  ~RunLock();

  Session& session();
  int pid() const;
  /// The guard for this lock, sent by a session in the database of this oid.
  std::string guard_sql(const std::string& database) const;
  /// Whether it still is held: one query on the lock session. False as well when that session is gone.
  bool is_held();

  /// Gives up and takes again the foreign keys whose owner waits blockingly: around a CONCURRENTLY statement, which
  /// else waits for the waiter's snapshot for ever (run-protocol, Lock 4). retake polls; false: cancelled.
  void release_waited_for_keys();
  [[nodiscard]] bool retake_waited_for_keys(const std::function<bool()>& cancelled);

 private:
  struct Impl;
  explicit RunLock(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// Throws PermanentError(kUsage) when a transaction-pooling proxy sits between (run-protocol, Lock 5).
void refuse_transaction_pooling(const Target&, Session& first);

}  // namespace postgres
