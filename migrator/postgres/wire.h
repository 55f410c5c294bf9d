// migrator/postgres/wire.h: where the apply session's messages go: over a connection (channel.h), or onto paper
// (printer.h). Private to this folder.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "migrator/postgres/message.h"
#include "migrator/postgres/session.h"

namespace postgres {

struct ServerError {
  std::string sqlstate = {}, message = {};
  bool raised = false;   // by RAISE: its text may hold values of rows
  int position = 0;      // in the message, in characters, 1-based; 0: none
  std::size_t at = 0;    // index of the expected result that the error came instead of
  bool gave_up = false;  // the watcher's policy cancelled it
};

struct Reply {
  std::size_t results = 0;         // complete ones
  bool has_keys = true;            // every Part::kKey said true
  std::optional<Row> probed = {};  // the first row of the last Part::kProbe; none: it had no rows
  std::optional<ServerError> error = {};
};

class Wire {
 public:
  virtual ~Wire() = default;
  /// `script`: where the text of a RAISE is looked for, to redact notices. Throws as Channel.
  virtual Reply send(const Message&, std::string_view script) = 0;
  virtual bool is_idle() const = 0;          // no transaction is open
  virtual bool was_cancelled() const = 0;    // a cancel was sent during the last message
  virtual sql::Dialect dialect() const = 0;  // of the session as it begins
  /// Cancels the running statement; used by the watcher's policy.
  virtual void cancel() = 0;
};

}  // namespace postgres
