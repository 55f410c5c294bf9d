#include "migrator/postgres/watch.h"

#include "common/error.h"

namespace postgres {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds kLookEvery{1};

// No query texts: they hold values.
constexpr const char* kWhoBlocks =
    "SELECT pg_catalog.string_agg(pg_catalog.format('backend %s%s of %s, %s for %s s', b.pid,"
    " CASE b.application_name WHEN '' THEN '' ELSE ' (' || b.application_name || ')' END,"
    " coalesce(b.usename, b.backend_type), coalesce(b.state, 'active'),"
    " pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(b.xact_start, b.backend_start))::int),"
    " '; ' ORDER BY b.pid), pg_catalog.string_agg(b.pid::text, ',' ORDER BY b.pid),"
    " (SELECT l.mode || coalesce(' on ' || l.relation::pg_catalog.regclass::text, '') FROM pg_catalog.pg_locks l"
    " WHERE l.pid = $1::int AND NOT l.granted LIMIT 1)"
    " FROM pg_catalog.pg_stat_activity b WHERE b.pid = ANY (pg_catalog.pg_blocking_pids($1::int))";

constexpr const char* kEndBlockers =
    "SELECT pg_catalog.pg_terminate_backend(b.pid) FROM pg_catalog.pg_stat_activity b"
    " WHERE b.pid = ANY (pg_catalog.pg_blocking_pids($1::int)) AND b.backend_type = 'client backend'"
    " AND b.application_name NOT LIKE 'sluice%'";

}  // namespace

Watcher::Watcher(const Target& target, const ApplyOptions& options, std::function<void()> cancel)
    : target_(target), options_(options), cancel_(std::move(cancel)) {}

void Watcher::message_begins() {
  next_look_ = steady_clock::now() + kLookEvery;
  blocked_since_ = {};
  told_.clear();
  gave_up_ = false;
}

void Watcher::tick(int apply_pid) {
  if (steady_clock::now() < next_look_) return;
  next_look_ = steady_clock::now() + kLookEvery;
  try {
    look(apply_pid);
  } catch (const Error&) {
    session_.reset();  // the next look opens another
  }
}

void Watcher::look(int apply_pid) {
  if (!session_) {
    Settings settings;
    settings.application_name = "sluice watch";
    settings.statement_timeout = std::chrono::seconds(5);
    settings.cancelled = options_.cancelled;
    session_ = Session::open(target_, settings);
  }
  const Row row = session_->query(kWhoBlocks, {std::to_string(apply_pid)})[0];
  if (!row[0]) {
    blocked_since_ = {};
    told_.clear();
    return;
  }
  if (blocked_since_ == steady_clock::time_point{}) blocked_since_ = steady_clock::now();
  if (const std::string pids = row[1].value_or(""); pids != told_) {
    told_ = pids;
    if (options_.blocked) options_.blocked("waits for " + row[2].value_or("a lock") + ", held by " + *row[0]);
  }
  if (steady_clock::now() - blocked_since_ >= options_.lock_timeout / 2) act(apply_pid);
}

void Watcher::act(int apply_pid) {
  if (options_.on_blocked == spec::OnBlocked::kTerminate) {
    session_->query(kEndBlockers, {std::to_string(apply_pid)});
  } else if (options_.on_blocked == spec::OnBlocked::kGiveUp) {
    gave_up_ = true;
    cancel_();
  }
}

}  // namespace postgres
