#include "migrator/postgres/apply_session.h"

#include <algorithm>
#include <thread>

#include "common/error.h"
#include "migrator/postgres/advisory.h"
#include "migrator/postgres/connect.h"
#include "migrator/postgres/printer.h"
#include "migrator/postgres/redact.h"
#include "migrator/postgres/translate.h"

namespace postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr std::chrono::seconds kSecondKeyWithin{60};
constexpr milliseconds kPoll{50};

Settings settings_for(const ApplyOptions& options) {
  Settings settings;
  settings.application_name = "sluice apply";
  settings.lock_timeout = options.lock_timeout;
  settings.statement_timeout = options.statement_timeout;
  settings.explicit_timeouts = true;
  settings.idle_forever = true;  // a backup may take long between two steps
  settings.die_with_client = true;
  settings.cancelled = options.cancelled;
  return settings;
}

std::string set_sql(const ApplyOptions& options, int server_version) {
  std::string sql = "SET lock_timeout = " + std::to_string(options.lock_timeout.count()) +
                    ";SET statement_timeout = " + std::to_string(options.statement_timeout.count()) +
                    ";SET idle_in_transaction_session_timeout = 0;";
  if (server_version >= 140000) sql += "SET client_connection_check_interval = 1000;SET idle_session_timeout = 0;";
  if (server_version >= 170000) sql += "SET transaction_timeout = 0;";
  return sql;
}

// How a session of one's own becomes like the one that a run opens.
std::string start_text(const ApplyOptions& options, int server_version) {
  return "-- Apply session, opened with\n--   PGCLIENTENCODING=UTF8 PGOPTIONS='" +
         start_up_options(settings_for(options), server_version) + "'\n";
}

// A trigger on the ledger may raise what it likes.
[[noreturn]] void throw_error(const std::string& doing, const ServerError& error) {
  throw_server_error(doing, error.sqlstate, error.raised ? kRaisedElsewhere : error.message);
}

// Whether the session has the lock_timeout that its start-up options asked for; its pid; its database.
std::string options_arrived_sql(const ApplyOptions& options) {
  return "SELECT pg_catalog.current_setting('lock_timeout')::pg_catalog.interval = '" +
         std::to_string(options.lock_timeout.count()) + " ms'::pg_catalog.interval, pg_catalog.pg_backend_pid(), " +
         kDatabaseSql;
}

}  // namespace

ApplySession::ApplySession(const Target& target, const Keys& keys, RunLock& lock, const ApplyOptions& options)
    : keys_(keys), lock_(&lock), options_(options) {
  Opened opened = open_connection(target, settings_for(options), options.cancelled);
  set_after_reset_ = opened.set_after_reset;
  wire_ = std::make_unique<Channel>(std::move(opened.connection), callbacks());
  watcher_.emplace(target, options, [this] { wire_->cancel(); });
  begin();
}

ApplySession::ApplySession(const Keys& keys, const ApplyOptions& options, const Paper& paper)
    : keys_(keys), guard_(guard_sql("pg_catalog.pg_backend_pid()", kDatabaseSql, keys.run)), options_(options) {
  *paper.text += start_text(options, paper.dialect.server_version);
  wire_ = std::make_unique<Printer>(paper, keys.run);
  begin();
}

Channel::Callbacks ApplySession::callbacks() {
  Channel::Callbacks callbacks;
  callbacks.cancelled = options_.cancelled;
  callbacks.tick = [this] {
    if (watcher_) watcher_->tick(pid_);
  };
  callbacks.notice = options_.notice;
  callbacks.statement_done = [this](const PlannedStatement& done) {
    if (options_.progress) options_.progress(done.number, total_statements);
  };
  return callbacks;
}

void ApplySession::begin() {
  Message arrived;
  arrived.add(Part::kProbe, options_arrived_sql(options_));
  const Reply start = wire_->send(arrived, {});
  if (start.error) throw_error("begin the apply session", *start.error);
  if (lock_ != nullptr) {
    pid_ = std::stoi(start.probed->at(1).value_or("0"));
    guard_ = lock_->guard_sql(start.probed->at(2).value_or("0"));
    if (start.probed->at(0) != "t") set_after_reset_ = set_sql(options_, wire_->dialect().server_version);
  }
  take_second_key();
}

// Polled, as the first; under the guard, so that an orphan that was slow to start can't take it from the next run.
void ApplySession::take_second_key() {
  Message take;
  if (!set_after_reset_.empty()) take.add_all(Part::kAfterReset, set_after_reset_);
  take.add(Part::kGuard, guard());
  take.add(Part::kKey, "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(keys_.apply) + ")");
  const steady_clock::time_point end = steady_clock::now() + kSecondKeyWithin;
  for (;;) {
    const Reply reply = wire_->send(take, {});
    if (reply.error) throw_error("take the second key", *reply.error);
    if (reply.has_keys) return;
    if (steady_clock::now() > end) throw TransientError("the second key is held by a killed run's session");
    if (!pause(kPoll)) throw TransientError("cancelled", report::ExitCode::kCancelled);
  }
}

Reply ApplySession::send(const Message& message, std::string_view script, Ends ends) {
  if (watcher_) watcher_->message_begins();
  Reply reply = wire_->send(message, script);
  if (reply.error) {
    const bool by_guard =
        reply.error->at < message.expected.size() && message.expected[reply.error->at].part == Part::kGuard;
    if (by_guard && !our_text(reply.error->sqlstate, reply.error->message).empty()) {
      throw TransientError("the run lock is lost: another run may own the database now; nothing more is done");
    }
    reply.error->gave_up = watcher_ && watcher_->gave_up();
    return reply;
  }
  // First: where the server saw other statements than we did, no result is where it is looked for.
  const bool status_right = wire_->is_idle() == (ends == Ends::kIdle);
  if (reply.results != message.expected.size() || !status_right) {
    throw PermanentError("the server gave " + std::to_string(reply.results) + " results instead of " +
                         std::to_string(message.expected.size()) +
                         (status_right ? "" : ", or the file ended or left open a transaction"));
  }
  if (!reply.has_keys) throw TransientError("the second key was taken by another run; nothing more is done");
  return reply;
}

void ApplySession::add_key(Message& message) const {
  message.add(Part::kAfterReset, "SELECT pg_catalog.pg_advisory_unlock_all()");
  message.add(Part::kKey, "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(keys_.apply) + ")");
}

void ApplySession::recover() {
  if (!wire_->is_idle()) {
    Message rollback;
    rollback.add(Part::kReset, "ROLLBACK");
    wire_->send(rollback, {});
  }
  Message reset;
  for (const std::string_view sql : {"RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"}) {
    reset.add(Part::kReset, sql);
  }
  add_after_reset(reset, 0);
  const Reply reply = wire_->send(reset, {});
  if (reply.error) throw_error("reset the apply session", *reply.error);
  if (!reply.has_keys) throw TransientError("the second key was taken by another run; nothing more is done");
}

void ApplySession::release_waited_for_keys() const {
  if (lock_ != nullptr) lock_->release_waited_for_keys();
}

bool ApplySession::retake_waited_for_keys() const {
  return lock_ == nullptr || lock_->retake_waited_for_keys(options_.cancelled);
}

bool ApplySession::pause(milliseconds length) const {
  const steady_clock::time_point end = steady_clock::now() + length;
  while (steady_clock::now() < end) {
    if (is_cancelled()) return false;
    std::this_thread::sleep_for(std::min<milliseconds>(kPoll, length));
  }
  return !is_cancelled();
}

void ApplySession::execute(const std::string& statements, std::string_view title) {
  Message message;
  message.add(Part::kBegin, "BEGIN");
  message.expected.back().title = title;
  message.add(Part::kGuard, guard());
  add_reset(message, 0);
  add_durability(message, Durability::kFlushed, 0);
  message.add_all(Part::kBookkeeping, statements);
  message.add(Part::kCommit, "COMMIT");
  add_after_reset(message, 0);
  const Reply reply = send(message, {}, Ends::kIdle);
  if (!reply.error) return;
  recover();
  throw_error("ledger and journal", *reply.error);
}

std::optional<Row> ApplySession::probe(const std::string& query) {
  Message message;
  message.add(Part::kProbe, query);
  Reply reply = wire_->send(message, {});
  if (reply.error) throw_error("look whether it is done", *reply.error);
  return std::move(reply.probed);
}

}  // namespace postgres
