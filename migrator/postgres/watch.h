// migrator/postgres/watch.h: the watch session: who blocks the apply session. Private to this folder.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "migrator/postgres/apply.h"
#include "migrator/postgres/session.h"

namespace postgres {

/// Flow: tick() is called about every 100 ms while a message is under way. After a second of it a session of its own is
/// opened, and asked once a second whether the apply session waits for a lock, and for whose.
class Watcher {
 public:
  /// `cancel`: stops the running statement, for the policy "give up".
  Watcher(const Target&, const ApplyOptions&, std::function<void()> cancel);
  void message_begins();
  /// Tells options.blocked about each new blocker; carries out options.on_blocked: blockers are ended, or the statement
  /// is cancelled, once it was blocked for half of lock_timeout. Errors of the watch session are swallowed: it only
  /// looks.
  void tick(int apply_pid);
  bool gave_up() const { return gave_up_; }

 private:
  void look(int apply_pid);
  void act(int apply_pid);

  Target target_;
  const ApplyOptions& options_;
  std::function<void()> cancel_;
  std::optional<Session> session_ = {};
  std::chrono::steady_clock::time_point next_look_ = {}, blocked_since_ = {};
  std::string told_ = {};
  bool gave_up_ = false;
};

}  // namespace postgres
