// migrator/postgres/channel.h: the apply session's wire: sends one message, reads every result, feeds COPY data, stays
// awake for cancellation and the watcher. Plain libpq: libpqxx keeps only the last result of several, has no position
// of an error, and "succeeds" with 0 rows in a COPY … FROM STDIN inside several statements. Private to this folder.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "migrator/postgres/connect.h"
#include "migrator/postgres/wire.h"

namespace postgres {

class Channel final : public Wire {
 public:
  struct Callbacks {
    std::function<bool()> cancelled = {};
    std::function<void()> tick = {};  // about every 100 ms while waiting
    std::function<void(const PlannedStatement&)> statement_done = {};
    std::function<void(const std::string&)> notice = {};
  };
  Channel(Connection, Callbacks);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Cancellation is obeyed only while a message with statements of a file is under way.
  /// Throws InDoubtError when the connection is lost, TransientError when the server ends it and says why, or it was
  /// lost before anything was sent.
  Reply send(const Message&, std::string_view script) override;
  bool is_idle() const override;
  bool was_cancelled() const override { return cancelled_; }
  sql::Dialect dialect() const override;
  void cancel() override;

 private:
  static void take_notice(void* self, const PGresult*);
  void wait(short events);
  void heed_cancellation();
  void flush();
  void feed_copy(const PlannedStatement* statement);
  void drain_copy();
  void take(const PGresult*, const Message&, Reply&);
  void take_error(const PGresult*, Reply&);
  void take_rows(const PGresult*, const Message&, Reply&);
  [[noreturn]] void lost(bool anything_sent);

  Connection connection_;
  Callbacks callbacks_;
  std::string_view script_ = {};
  bool cancelled_ = false, interruptible_ = false;
  std::chrono::steady_clock::time_point cancel_again_ = {};
};

}  // namespace postgres
