// migrator/postgres/connect.h: how a connection to PostgreSQL is opened, for both kinds of session. Private to this
// folder.
#pragma once
#include <libpq-fe.h>

#include <functional>
#include <memory>

#include "migrator/postgres/session.h"
#include "migrator/postgres/target.h"

namespace postgres {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};
using Cancel = std::unique_ptr<PGcancel, FreeCancel>;

/// A notice receiver.
inline void ignore_notice(void*, const PGresult*) {}

/// As the server told it last: both are reported unasked.
sql::Dialect dialect_of(PGconn*);

/// The start-up options a session with these settings gets, as PGOPTIONS has them: "-c lock_timeout=5000 …".
std::string start_up_options(const Settings&, int server_version);

/// A connection, and what must be SET on it after each RESET: a proxy drops start-up options, and some can't be one.
struct Opened {
  Connection connection = {};
  std::string set_after_reset = {};  // "SET lock_timeout = 5000;…"; empty: the start-up options arrived, and are all
};

/// Connects; one start-up exchange, no query. UTF-8, no notices on stderr, terse errors.
/// Servers before 14 don't know all our start-up options, and proxies refuse any: those are tried again with less.
/// `cancelled` is asked while waiting; may be empty.
/// Throws TransientError: kNotAllowed for 28xxx, 3D000 and refused TLS, else kNotNow. No credentials in the message.
Opened open_connection(const Target&, const Settings&, const std::function<bool()>& cancelled = {});

}  // namespace postgres
