// migrator/postgres/lock.h: two advisory keys, polled, so that a killed run's orphaned backend can't work beside the
// next run (run-protocol, Lock).
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "migrator/postgres/session.h"

namespace postgres {

struct Keys {
  std::int64_t run = 0;    // held by the idle lock session for the whole run
  std::int64_t apply = 0;  // taken by the apply session before its first statement and after each reset
};
/// Derived from the ledger's schema and name.
Keys keys_for(const std::string& ledger_name);

/// Who holds a key, for "waiting for lock" messages.
struct Holder {
  int pid = 0;
  std::string application_name = {}, user = {}, client_address = {}, since = {};
};

/// Holds the first key on its own idle session until destroyed.
class RunLock {
 public:
  struct Wait {
    std::chrono::milliseconds at_most{600000};
    std::function<void(const Holder&)> waiting = {};  // called when the holder changes and about every 10 s
    std::function<bool()> cancelled = {};             // asked between polls
  };
  /// Polls pg_try_advisory_lock (never waits in the server), then waits until nobody holds the second key.
  /// Throws TransientError(kNotNow) naming the holder when the time is over.
  static RunLock acquire(const Target&, const Keys&, const Wait&);
  RunLock(RunLock&&) noexcept;
  ~RunLock();

  Session& session();
  int pid() const;
  /// SQL of the guard that goes inside every message: raises unless this session's pid still holds the first key.
  std::string guard_sql() const;

 private:
  struct Impl;
  explicit RunLock(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// Throws PermanentError(kUsage) when a transaction-pooling proxy sits between (run-protocol, Lock 5).
void refuse_transaction_pooling(const Target&, Session& first);

}  // namespace postgres
