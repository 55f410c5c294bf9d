// Checks that ask the database: on a session of their own, in a read-only transaction.
#include <algorithm>
#include <atomic>
#include <thread>

#include "common/error.h"
#include "migrator/checks/attempt.h"
#include "migrator/postgres/session.h"

namespace checks {
namespace {

/// Ends what runs on a session at the limit from outside: a server that is gone can't keep its own statement_timeout.
class Watchdog {
 public:
  Watchdog(postgres::Session& session, const Limit& limit)
      : thread_([this, &session, &limit] {
          while (!done_ && !limit.is_over()) std::this_thread::sleep_for(std::chrono::milliseconds(20));
          if (!done_) session.cancel();
        }) {}
  ~Watchdog() {
    done_ = true;
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

std::string seconds_left(const Limit& limit) { return std::to_string(limit.left().count() / 1000 + 1); }

/// Whether the error is no answer of the database to the check. What a statement may not do, or what takes it longer
/// than the limit, is the answer.
std::optional<report::ExitCode> no_answer(const Error& error, bool is_connected, const Limit& limit) {
  if (dynamic_cast<const PermanentError*>(&error) != nullptr) return std::nullopt;
  const bool is_refused = error.code == report::ExitCode::kNotAllowed;
  if (!is_connected) return is_refused ? error.code : report::ExitCode::kNotNow;  // not the limit's kCancelled
  const bool is_in_doubt = dynamic_cast<const InDoubtError*>(&error) != nullptr;
  if (!is_in_doubt && (is_refused || limit.left().count() == 0)) return std::nullopt;
  return report::ExitCode::kNotNow;
}

/// What `ask` says of a session in a read-only transaction, or why it couldn't ask.
template <typename Ask>
Asked in_read_only(const postgres::Target& target, const Limit& limit, const Ask& ask) {
  bool is_connected = false;
  try {
    const postgres::Target limited = target.with("connect_timeout", seconds_left(limit))
                                         .with("tcp_user_timeout", std::to_string(limit.left().count()));
    postgres::Settings settings{.application_name = "sluice check"};
    settings.statement_timeout = limit.left() + std::chrono::milliseconds(1);
    settings.cancelled = [&limit] { return limit.is_over(); };
    postgres::Session session = postgres::Session::open(limited, settings);
    is_connected = true;
    const Watchdog watchdog(session, limit);
    session.execute("BEGIN READ ONLY");
    return {.failure = ask(session)};
  } catch (const Error& error) {
    Asked asked{.failure = error.what(), .no_answer = no_answer(error, is_connected, limit)};
    if (limit.left().count() == 0) asked.failure = "no answer in time";
    return asked;
  }
}

std::string joined(std::vector<std::string> heads) {
  std::sort(heads.begin(), heads.end());
  std::string text;
  for (const std::string& head : heads) text += (text.empty() ? "" : ", ") + head;
  return text.empty() ? "none" : text;
}

}  // namespace

Asked attempt_sql(const std::string& sql, const postgres::Target& target, const Limit& limit) {
  return in_read_only(target, limit, [&](postgres::Session& session) -> Failure {
    const postgres::Rows rows = session.query(sql);
    if (rows.size() != 1) return "returned " + std::to_string(rows.size()) + " rows instead of one";
    if (rows[0].size() != 1) return "returned " + std::to_string(rows[0].size()) + " columns instead of one";
    const postgres::Value& value = rows[0][0];
    if (!value) return "returned NULL instead of true";
    if (*value == "t" || *value == "true") return std::nullopt;
    return *value == "f" || *value == "false" ? "returned false" : "returned something other than true";
  });
}

Asked attempt_tables(const std::vector<std::string>& tables, const postgres::Target& target, const Limit& limit) {
  return in_read_only(target, limit, [&](postgres::Session& session) -> Failure {
    std::string missing;
    for (const std::string& table : tables) {
      const postgres::Rows rows = session.query(
          "SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1) AND relkind IN "
          "('r', 'p', 'v', 'm', 'f')",
          {table});
      if (rows.empty()) missing += (missing.empty() ? "" : ", ") + table;
    }
    if (missing.empty()) return std::nullopt;
    return "missing: " + missing;
  });
}

Asked attempt_heads(const std::vector<std::string>& wanted, const World& world, const Limit& limit) {
  return in_read_only(*world.database, limit, [&](postgres::Session& session) -> Failure {
    const std::string expected = joined(wanted), found = joined(world.read_heads(session));
    if (expected == found) return std::nullopt;
    return "the heads are " + found + ", expected " + expected;
  });
}

}  // namespace checks
