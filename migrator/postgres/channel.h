// migrator/postgres/channel.h: the apply session's wire: sends one message, reads every result, feeds COPY data, stays
// awake for cancellation and the watcher. Plain libpq: libpqxx keeps only the last result of several, has no position
// of an error, and "succeeds" with 0 rows in a COPY … FROM STDIN inside several statements. Private to this folder.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "migrator/postgres/connect.h"
#include "migrator/postgres/message.h"

namespace postgres {

struct ServerError {
  std::string sqlstate = {}, message = {};
  bool raised = false;  // by RAISE: its text may hold values of rows
  int position = 0;     // in the message, in characters, 1-based; 0: none
  std::size_t at = 0;   // index of the expected result that the error came instead of
};

struct Reply {
  std::size_t results = 0;         // complete ones
  bool has_keys = true;            // every Part::kKey said true
  std::optional<Row> probed = {};  // the first row of the last Part::kProbe; none: it had no rows
  std::optional<ServerError> error = {};
};

class Channel {
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
  /// `script`: where the text of a RAISE is looked for, to redact notices.
  /// Throws InDoubtError when the connection is lost, TransientError when the server ends it and says why, or it was
  /// lost before anything was sent.
  Reply send(const Message&, std::string_view script = {});

  bool is_idle() const;                              // no transaction is open
  bool was_cancelled() const { return cancelled_; }  // a cancel was sent during the last message
  void forget_cancel() { cancelled_ = false; }
  int server_version() const;
  /// Cancels the running statement; used by the watcher's policy.
  void cancel();

 private:
  static void take_notice(void* self, const PGresult*);
  void wait(short events);
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
};

}  // namespace postgres
