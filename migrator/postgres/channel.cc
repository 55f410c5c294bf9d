#include "migrator/postgres/channel.h"

#include <poll.h>

#include <algorithm>
#include <cstring>

#include "common/error.h"
#include "migrator/postgres/redact.h"

namespace postgres {
namespace {

using std::chrono::steady_clock;
constexpr int kTickMilliseconds = 100;
constexpr int kCopyChunk = 64 * 1024;

std::string field(const PGresult* result, int code) {
  const char* const text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

bool was_raised(const PGresult* result) {
  return is_raised(field(result, PG_DIAG_SQLSTATE), field(result, PG_DIAG_SOURCE_FUNCTION));
}

}  // namespace

Channel::Channel(Connection connection, Callbacks callbacks)
    : connection_(std::move(connection)), callbacks_(std::move(callbacks)) {
  PQsetNoticeReceiver(connection_.get(), take_notice, this);
  PQsetnonblocking(connection_.get(), 1);
}

bool Channel::is_idle() const { return PQtransactionStatus(connection_.get()) == PQTRANS_IDLE; }
sql::Dialect Channel::dialect() const { return dialect_of(connection_.get()); }

void Channel::take_notice(void* self, const PGresult* notice) {
  const Channel& channel = *static_cast<Channel*>(self);
  if (!channel.callbacks_.notice) return;
  const std::string message = field(notice, PG_DIAG_MESSAGE_PRIMARY);
  channel.callbacks_.notice(was_raised(notice) ? redact_raised(message, channel.script_)
                                               : redact(message, field(notice, PG_DIAG_SQLSTATE)));
}

void Channel::lost(bool anything_sent) {
  const std::string why = "apply session: " + redact(PQerrorMessage(connection_.get()), "");
  if (!anything_sent) throw TransientError(why);
  throw InDoubtError(why);
}

void Channel::cancel() {
  const std::unique_ptr<PGcancel, void (*)(PGcancel*)> cancel(PQgetCancel(connection_.get()), PQfreeCancel);
  char why[256] = {};
  if (cancel) PQcancel(cancel.get(), why, sizeof why);
}

// Asked whether or not the server answers: one that keeps answering leaves no pause.
void Channel::heed_cancellation() {
  if (!interruptible_ || !callbacks_.cancelled || !callbacks_.cancelled()) return;
  const steady_clock::time_point now = steady_clock::now();
  if (cancelled_ && now < cancel_again_) return;
  cancelled_ = true;
  cancel();  // again at every tick: the first may have hit the moment between two statements
  cancel_again_ = now + std::chrono::milliseconds(kTickMilliseconds);
}

// One look at the socket, no longer than a tick.
void Channel::wait(short events) {
  pollfd socket{PQsocket(connection_.get()), events, 0};
  poll(&socket, 1, kTickMilliseconds);
  heed_cancellation();
  if (socket.revents == 0 && callbacks_.tick) callbacks_.tick();
  if ((socket.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && PQconsumeInput(connection_.get()) == 0) lost(true);
}

void Channel::flush() {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) lost(true);
    wait(POLLIN | POLLOUT);
  }
}

void Channel::feed_copy(const PlannedStatement* statement) {
  PGconn* const connection = connection_.get();
  if (statement == nullptr || !statement->statement.copy_data) {
    while (PQputCopyEnd(connection, "no data in the file") == 0) wait(POLLIN | POLLOUT);
    return flush();
  }
  std::string_view rows = *statement->statement.copy_data;
  while (!rows.empty() && !cancelled_) {
    heed_cancellation();  // a socket that always has room is never waited for
    const int size = static_cast<int>(std::min<std::size_t>(rows.size(), kCopyChunk));
    const int sent = PQputCopyData(connection, rows.data(), size);
    if (sent < 0) lost(true);
    if (sent == 0) {
      wait(POLLIN | POLLOUT);
      continue;
    }
    rows.remove_prefix(static_cast<std::size_t>(size));
    flush();  // else libpq would hold the whole data in its buffer
  }
  while (PQputCopyEnd(connection, cancelled_ ? "cancelled" : nullptr) == 0) wait(POLLIN | POLLOUT);
  flush();
}

void Channel::drain_copy() {
  for (;;) {
    char* row = nullptr;
    const int size = PQgetCopyData(connection_.get(), &row, 1);
    if (row != nullptr) PQfreemem(row);
    if (size < 0) return;
    if (size == 0) wait(POLLIN);
  }
}

void Channel::take_error(const PGresult* result, Reply& reply) {
  if (reply.error) return;
  ServerError error;
  error.sqlstate = field(result, PG_DIAG_SQLSTATE);
  error.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  error.raised = was_raised(result);
  error.at = reply.results;
  if (const std::string position = field(result, PG_DIAG_STATEMENT_POSITION); !position.empty()) {
    error.position = std::atoi(position.c_str());
  }
  if (error.sqlstate.empty()) lost(true);  // libpq's own: the connection is gone
  reply.error = std::move(error);
}

void Channel::take_rows(const PGresult* result, const Message& message, Reply& reply) {
  if (PQntuples(result) == 0 || reply.results >= message.expected.size()) return;
  const Part part = message.expected[reply.results].part;
  if (part == Part::kProbe) {
    reply.probed.emplace();
    for (int column = 0; column < PQnfields(result); ++column) {
      const bool null = PQgetisnull(result, 0, column) != 0;
      reply.probed->push_back(null ? Value() : Value(PQgetvalue(result, 0, column)));
    }
  }
  if (part != Part::kKey) return;
  if (std::strcmp(PQgetvalue(result, 0, 0), "t") != 0) reply.has_keys = false;
}

void Channel::take(const PGresult* result, const Message& message, Reply& reply) {
  const PlannedStatement* const statement =
      reply.results < message.expected.size() ? message.expected[reply.results].statement : nullptr;
  switch (PQresultStatus(result)) {
    case PGRES_SINGLE_TUPLE:
      return take_rows(result, message, reply);
    case PGRES_COPY_IN:
      return feed_copy(statement);
    case PGRES_COPY_OUT:
      return drain_copy();
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      take_rows(result, message, reply);
      // Rows of a rule's SELECT beside the statement (DO ALSO): libpq tells them apart, the server ends neither.
      if (*PQcmdStatus(const_cast<PGresult*>(result)) == '\0' && PQresultStatus(result) == PGRES_TUPLES_OK) return;
      ++reply.results;
      if (statement != nullptr && callbacks_.statement_done) callbacks_.statement_done(*statement);
      return;
    default:
      take_error(result, reply);
  }
}

Reply Channel::send(const Message& message, std::string_view script) {
  PGconn* const connection = connection_.get();
  script_ = script;
  cancelled_ = false;
  interruptible_ = message.has_file();
  if (PQsendQuery(connection, message.text.c_str()) == 0) lost(false);
  PQsetSingleRowMode(connection);  // a SELECT of a whole table must not end up in our memory
  flush();
  Reply reply;
  for (;;) {
    while (PQisBusy(connection) != 0) wait(POLLIN);
    const Result result(PQgetResult(connection));
    if (!result) break;
    take(result.get(), message, reply);
  }
  if (PQstatus(connection) != CONNECTION_OK) {
    if (!reply.error) lost(true);
    throw TransientError("apply session: " + redact(reply.error->message, reply.error->sqlstate) + " (" +
                         reply.error->sqlstate + ")");
  }
  return reply;
}

}  // namespace postgres
