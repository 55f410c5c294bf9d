#include "migrator/postgres/script_player.h"

#include <poll.h>

#include "common/error.h"
#include "migrator/postgres/connect.h"
#include "migrator/postgres/redact.h"
#include "migrator/postgres/translate.h"

namespace postgres {
namespace {

constexpr const char* kDoing = "play the script";

}  // namespace

struct ScriptPlayer::Impl {
  Opened opened = {};
  std::function<bool()> cancelled = {};
  bool asked_to_cancel = false;

  PGconn* connection() const { return opened.connection.get(); }

  [[noreturn]] void lost() const { throw TransientError(std::string(kDoing) + ": the connection is lost"); }

  /// The server answers a cancel with an error of its own, or is already done: go on reading until it says so.
  void cancel_if_asked() {
    if (asked_to_cancel || !cancelled || !cancelled()) return;
    asked_to_cancel = true;
    const Cancel cancel(PQgetCancel(connection()));
    char reason[256];
    if (cancel) PQcancel(cancel.get(), reason, sizeof reason);
  }

  void wait(short events) {
    pollfd socket{PQsocket(connection()), events, 0};
    ::poll(&socket, 1, 100);
    cancel_if_asked();
  }

  void flush() {
    for (int state = PQflush(connection()); state != 0; state = PQflush(connection())) {
      if (state < 0) lost();
      wait(POLLIN | POLLOUT);
      if (PQconsumeInput(connection()) == 0) lost();
    }
  }

  Result next() {
    while (PQisBusy(connection()) != 0) {
      wait(POLLIN);
      if (PQconsumeInput(connection()) == 0) lost();
    }
    return Result(PQgetResult(connection()));
  }

  void send(const std::string& statements) {
    if (PQsendQuery(connection(), statements.c_str()) == 0) lost();
    flush();
  }

  [[noreturn]] void fail(const PGresult* result) const {
    if (asked_to_cancel) throw TransientError("cancelled", report::ExitCode::kCancelled);
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char* function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (state == nullptr || PQstatus(connection()) == CONNECTION_BAD) lost();
    if (is_raised(state, function != nullptr ? function : "")) message = kRaisedElsewhere;
    throw_server_error(kDoing, state, message != nullptr ? message : "");
  }

  /// Reads to the end of the message; keeps the last rows; throws the first error.
  Result finish() {
    Result rows, error;
    for (Result result = next(); result; result = next()) {
      const ExecStatusType status = PQresultStatus(result.get());
      if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        if (!error) error = std::move(result);
      } else if (status == PGRES_COPY_IN) {
        PQputCopyEnd(connection(), "no rows are at hand");
      } else if (status == PGRES_TUPLES_OK) {
        rows = std::move(result);
      }
      if (PQstatus(connection()) == CONNECTION_BAD) break;
    }
    if (error) fail(error.get());
    if (PQstatus(connection()) == CONNECTION_BAD) lost();
    if (asked_to_cancel) throw TransientError("cancelled", report::ExitCode::kCancelled);
    return rows;
  }
};

ScriptPlayer::ScriptPlayer(const Target& target, const Settings& settings, std::function<bool()> cancelled)
    : impl_(std::make_unique<Impl>()) {
  impl_->opened = open_connection(target, settings, cancelled);
  impl_->cancelled = std::move(cancelled);
  PQsetnonblocking(impl_->connection(), 1);
  if (!impl_->opened.set_after_reset.empty()) execute(impl_->opened.set_after_reset);
}
ScriptPlayer::ScriptPlayer(ScriptPlayer&&) noexcept = default;
ScriptPlayer::~ScriptPlayer() = default;

int ScriptPlayer::server_version() const { return PQserverVersion(impl_->connection()); }

void ScriptPlayer::execute(const std::string& statements) {
  impl_->send(statements);
  impl_->finish();
}

void ScriptPlayer::reset_settings() { execute("RESET ALL;" + impl_->opened.set_after_reset); }

Rows ScriptPlayer::query(const std::string& statement) {
  impl_->send(statement);
  const Result result = impl_->finish();
  Rows rows;
  for (int row = 0; result && row < PQntuples(result.get()); ++row) {
    Row& cells = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      if (PQgetisnull(result.get(), row, column) != 0)
        cells.emplace_back();
      else
        cells.emplace_back(PQgetvalue(result.get(), row, column));
    }
  }
  return rows;
}

void ScriptPlayer::commit() {
  if (PQtransactionStatus(impl_->connection()) != PQTRANS_INTRANS)
    throw PermanentError("commit: the transaction has failed", report::ExitCode::kStepFailed);
  try {
    execute("COMMIT");
  } catch (const TransientError& error) {
    // A cancel that comes with the COMMIT doesn't say which of the two the server did.
    if (PQstatus(impl_->connection()) == CONNECTION_BAD) throw InDoubtError(error.what());
    if (PQtransactionStatus(impl_->connection()) != PQTRANS_IDLE) throw;
    throw InDoubtError(error.what(), error.code);
  }
}

void ScriptPlayer::begin_copy(const std::string& statement) {
  impl_->send(statement);
  const Result result = impl_->next();
  if (result && PQresultStatus(result.get()) == PGRES_COPY_IN) return;
  while (impl_->next()) {
  }
  impl_->fail(result.get());
}

void ScriptPlayer::copy_data(std::string_view rows) {
  while (!rows.empty()) {
    const std::string_view piece = rows.substr(0, 1 << 20);
    const int sent = PQputCopyData(impl_->connection(), piece.data(), static_cast<int>(piece.size()));
    if (sent < 0) impl_->lost();
    if (sent > 0) rows.remove_prefix(piece.size());
    impl_->flush();
  }
  if (impl_->cancelled && impl_->cancelled()) throw TransientError("cancelled", report::ExitCode::kCancelled);
}

void ScriptPlayer::end_copy() {
  int sent = PQputCopyEnd(impl_->connection(), nullptr);
  while (sent == 0) {
    impl_->flush();
    sent = PQputCopyEnd(impl_->connection(), nullptr);
  }
  if (sent < 0) impl_->lost();
  impl_->flush();
  impl_->finish();
}

}  // namespace postgres
