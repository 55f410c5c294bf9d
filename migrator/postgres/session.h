// migrator/postgres/session.h: one connection in autocommit, over libpqxx; pqxx is named only in this folder's .cc
// files.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrator/postgres/target.h"
#include "migrator/sql/statement.h"

namespace postgres {

using Value = std::optional<std::string>;  // none: NULL
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

/// Start-up options of a session (sent as libpq `options`, so that RESET returns to them; SET again where a pooler
/// drops them). Our own end sends TCP keepalives in every session, as the URL says or after 30 idle seconds.
struct Settings {
  std::string application_name = "sluice";
  std::chrono::milliseconds lock_timeout{0};
  std::chrono::milliseconds statement_timeout{0};
  bool idle_forever = false;       // idle_session_timeout = 0 (14+), and the server's keepalives
  bool die_with_client = false;    // client_connection_check_interval (14+), and the server's keepalives
  bool explicit_timeouts = false;  // a timeout of 0 is sent too, whatever the role's or the database's default is; and
                                   // no transaction ends because of its length, or of its pauses
  std::function<bool()> cancelled = {};  // asked while connecting; may be empty
};

/// The lock_timeout of what only looks: a table that is locked for long (a restore in place locks all of them) is told
/// of, and SIGTERM is heard between two looks.
inline constexpr std::chrono::milliseconds kLookLockTimeout{2000};

/// Errors of all functions: TransientError (10: unreachable, shutting down, too many connections, serialization,
/// deadlock, lock timeout), TransientError(kNotAllowed) (28xxx, 3D000, TLS refused, 42501), PermanentError(kStepFailed)
/// for other SQL errors, InDoubtError (connection lost after sending). Messages hold no DETAIL, no values, no
/// credentials.
class Session {
 public:
  static Session open(const Target&, const Settings& = {});
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// One statement, one round trip; parameters as text.
  Rows query(const std::string& statement, const std::vector<Value>& parameters = {});
  /// As query(); none: a table, schema or column it names doesn't exist (42P01, 3F000, 42703).
  [[nodiscard]] std::optional<Rows> try_query(const std::string& statement, const std::vector<Value>& parameters = {});
  /// Any number of statements without parameters, one round trip.
  void execute(const std::string& statements);

  /// The target, but no other server than this session's, where it names several hosts or a name of several addresses.
  Target here(const Target&) const;
  int backend_pid() const;       // as the server said at start-up (PQbackendPID): no round trip
  sql::Dialect dialect() const;  // no round trip
  bool is_alive();               // false: the socket is closed; no round trip
  /// Asks the server to cancel what runs on this session. Safe from another thread.
  void cancel();

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl>);
  void require_alive(const std::string& statement);
  std::unique_ptr<Impl> impl_;
};

/// The start-up option with which the server ends a session whose client is gone, as PGOPTIONS takes it; empty: the
/// server (before 14), or a proxy before it, refuses that. One connection, one statement; throws as Session does.
std::string end_with_client_option(const Target&, const std::function<bool()>& cancelled);

/// 'text' with quotes doubled (and E'' for backslashes); "identifier" quoted. No connection needed: UTF-8.
std::string quote_literal(const std::string&);
std::string quote_identifier(const std::string&);

/// The head of a SELECT over `FROM …` (yours to append) that raises `text` unless exactly one row is there. Needs no
/// procedural language; comes back as PermanentError(kHistoryMismatch), or TransientError for the run lock's guard.
std::string require_one_row_sql(const std::string& text);

}  // namespace postgres
