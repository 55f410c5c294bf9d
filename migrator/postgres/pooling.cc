// The problem: behind a proxy that pools transactions our advisory locks belong to whoever gets the server connection
// next. Such a proxy can't be asked. Known: PQbackendPID, made up by the proxy, differs from pg_backend_pid(). But a
// proxy that pools whole sessions does that too and is fine. So: while a second client holds a transaction open, does
// our first connection still sit on the same server connection?
#include <future>

#include "common/error.h"
#include "migrator/postgres/lock.h"

namespace postgres {
namespace {

constexpr std::chrono::seconds kAnswerWithin{5};

std::string real_pid(Session& session) {
  return session.query("SELECT pg_catalog.pg_backend_pid()")[0][0].value_or("");
}

[[noreturn]] void refuse(const Target& target) {
  throw PermanentError("the server at " + target.describe() +
                           " is behind a proxy that pools transactions: locks don't hold there; connect to PostgreSQL "
                           "itself or through a pool_mode = session port",
                       report::ExitCode::kUsage);
}

// A session inside a transaction; none: the proxy doesn't even allow one (statement pooling).
std::optional<Session> open_transaction(const Target& target) {
  Session second = Session::open(target);
  try {
    second.execute("BEGIN");
    second.execute("SELECT 1");
    return second;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

void refuse_transaction_pooling(const Target& target, Session& first) {
  const std::string before = real_pid(first);
  if (before == std::to_string(first.backend_pid())) return;
  std::optional<Session> second = open_transaction(target);
  if (!second) refuse(target);
  std::future<std::string> after = std::async(std::launch::async, [&first] { return real_pid(first); });
  const bool answered = after.wait_for(kAnswerWithin) == std::future_status::ready;
  if (!answered) second.reset();  // a pool of one: ours waits for the connection that the second holds
  if (after.get() != before || !answered) refuse(target);
}

}  // namespace postgres
