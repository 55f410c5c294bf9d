#include "migrator/postgres/lock.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <thread>

#include "common/error.h"
#include "migrator/postgres/advisory.h"
#include "migrator/postgres/translate.h"

namespace postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
constexpr milliseconds kFirstPause{50}, kLongestPause{1000}, kTellAgain{10000}, kSlice{50};

// FNV-1a: stable for ever, since two versions of this program must agree.
std::int64_t hash(const std::string& text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::int64_t>(value);
}

// Grows from poll to poll; the jitter keeps many waiting runs from asking at once.
class Pause {
 public:
  milliseconds next() {
    const milliseconds now = length_;
    length_ = std::min(kLongestPause, length_ * 3 / 2);
    return now * std::uniform_int_distribution<int>(80, 120)(random_) / 100;
  }

 private:
  milliseconds length_ = kFirstPause;
  std::minstd_rand random_{std::random_device{}()};
};

// False: cancelled meanwhile.
bool sleep_unless_cancelled(milliseconds length, const std::function<bool()>& cancelled) {
  const steady_clock::time_point end = steady_clock::now() + length;
  for (;;) {
    if (cancelled && cancelled()) return false;
    const steady_clock::time_point now = steady_clock::now();
    if (now >= end) return true;
    std::this_thread::sleep_for(
        std::min(kSlice, std::chrono::duration_cast<milliseconds>(end - now) + milliseconds(1)));
  }
}

std::string describe(const Holder& holder) {
  std::string text = "backend " + std::to_string(holder.pid);
  if (!holder.application_name.empty()) text += " (" + holder.application_name + ")";
  if (!holder.user.empty()) text += " of " + holder.user;
  if (!holder.client_address.empty()) text += " from " + holder.client_address;
  if (!holder.since.empty()) text += ", connected since " + holder.since;
  return text;
}

/// Waits in our own process, by polls, and says for whom.
class Waiter {
 public:
  explicit Waiter(const RunLock::Wait& wait) : wait_(wait), end_(steady_clock::now() + wait.at_most) {}

  /// One pause. Throws when the time is over or the wait was cancelled.
  void wait_for(const std::optional<Holder>& holder, const std::string& what) {
    if (holder) tell(*holder);
    if (steady_clock::now() >= end_) {
      throw TransientError(what + " is held by " + (holder ? describe(*holder) : "another session") +
                           "; gave up waiting");
    }
    if (!sleep_unless_cancelled(pause_.next(), wait_.cancelled)) {
      throw TransientError("cancelled while waiting for " + what, report::ExitCode::kCancelled);
    }
  }

 private:
  void tell(const Holder& holder) {
    const bool changed = holder.pid != told_pid_;
    if (!wait_.waiting || (!changed && steady_clock::now() < told_at_ + kTellAgain)) return;
    told_pid_ = holder.pid;
    told_at_ = steady_clock::now();
    wait_.waiting(holder);
  }

  const RunLock::Wait& wait_;
  steady_clock::time_point end_, told_at_ = {};
  int told_pid_ = 0;
  Pause pause_;
};

bool try_lock(Session& session, std::int64_t key) {
  return session.query("SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(key) + ")")[0][0] == "t";
}

void unlock(Session& session, std::int64_t key) {
  session.execute("SELECT pg_catalog.pg_advisory_unlock(" + std::to_string(key) + ")");
}

// All or none. Returns the key that another holds.
std::optional<std::int64_t> try_foreign(Session& session, const std::vector<ForeignKey>& keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (try_lock(session, keys[i].key)) continue;
    for (std::size_t taken = 0; taken < i; ++taken) unlock(session, keys[taken].key);
    return keys[i].key;
  }
  return std::nullopt;
}

// Of this ledger: another one's tool is none of ours.
std::string tools_of(const Keys& keys) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "sluice tool %016llx ", static_cast<unsigned long long>(keys.apply));
  return text.data();
}

std::string from_tools_sql(const Keys& keys) {
  const std::string name = tools_of(keys);
  return "FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() AND "
         "pg_catalog.left(a.application_name, " +
         std::to_string(name.size()) + ") = '" + name + "'";
}

std::optional<Holder> first_holder(Session& session, const std::string& pid, const std::string& from) {
  const Rows rows = session.query("SELECT " + pid +
                                  ", a.application_name, a.usename, pg_catalog.host(a.client_addr), a.backend_start " +
                                  from + " LIMIT 1");
  if (rows.empty()) return std::nullopt;
  const Row& row = rows[0];
  return Holder{std::stoi(row[0].value_or("0")), row[1].value_or(""), row[2].value_or(""), row[3].value_or(""),
                row[4].value_or("")};
}

// What a killed run left: its own working session, or one of the tool that it had started.
std::optional<Holder> left_at_work(Session& session, const Keys& keys) {
  const std::optional<Holder> ours = holder_of(session, keys.apply);
  return ours ? ours : first_holder(session, "a.pid", from_tools_sql(keys));
}

}  // namespace

std::optional<Holder> holder_of(Session& session, std::int64_t key) {
  return first_holder(session, "l.pid",
                      "FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE l.granted"
                      " AND " +
                          holds_key_sql("l", key));
}

std::string name_with_host(const std::string& name) {
  constexpr std::size_t kLongest = 63;  // NAMEDATALEN - 1
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return name;
  return (name + " " + host.data()).substr(0, kLongest);
}

Keys keys_for(const std::string& ledger_name) {
  return {.run = hash("sluice run " + ledger_name), .apply = hash("sluice apply " + ledger_name)};
}

std::string tool_name(const Keys& keys, const std::string& run_id) { return tools_of(keys) + run_id; }

std::string take_run_key_sql(const Keys& keys) {
  return "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(keys.run) +
         "), pg_catalog.pg_backend_pid(), EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE " +
         holds_key_sql("l", keys.apply) + ") OR EXISTS (SELECT " + from_tools_sql(keys) + ")";
}

struct RunLock::Impl {
  Session session;
  Keys keys;
  int pid;
};

RunLock::RunLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunLock::RunLock(RunLock&&) noexcept = default;
RunLock::~RunLock() = default;
Session& RunLock::session() { return impl_->session; }
int RunLock::pid() const { return impl_->pid; }

RunLock RunLock::acquire(const Target& target, const Keys& keys, const Wait& wait) {
  Settings settings;
  settings.application_name = name_with_host("sluice lock");
  settings.lock_timeout = kLookLockTimeout;  // it reads ledger and journal for the run
  settings.idle_forever = true;
  settings.cancelled = wait.cancelled;
  Session session = Session::open(target, settings);
  const std::string poll = take_run_key_sql(keys);
  Waiter waiter(wait);
  Row got = session.query(poll)[0];
  while (got[0] != "t") {
    waiter.wait_for(holder_of(session, keys.run), "the run lock");
    got = session.query(poll)[0];
  }
  // A killed run's apply session may still be at work, or its tool's: the database is ours only when it is gone (Lock
  // 2).
  const steady_clock::time_point orphan_end = steady_clock::now() + wait.end_orphan_after.value_or(milliseconds(0));
  for (bool busy = got[2] == "t"; busy;) {
    const std::optional<Holder> orphan = left_at_work(session, keys);
    if (!orphan) break;
    if (wait.end_orphan_after && steady_clock::now() >= orphan_end) {
      session.query("SELECT pg_catalog.pg_terminate_backend($1)", {std::to_string(orphan->pid)});
    }
    waiter.wait_for(orphan, "the database (a killed run's session is still at work: it)");
  }
  Keys sorted = keys;
  std::sort(sorted.foreign.begin(), sorted.foreign.end(),
            [](const ForeignKey& a, const ForeignKey& b) { return a.key < b.key; });
  while (const std::optional<std::int64_t> taken = try_foreign(session, sorted.foreign)) {
    waiter.wait_for(holder_of(session, *taken), "another tool's lock " + std::to_string(*taken));
  }
  const int pid = std::stoi(got[1].value_or("0"));
  return RunLock(std::make_unique<Impl>(Impl{std::move(session), std::move(sorted), pid}));
}

// Sent with every step, so each catalog it need not look into counts: pg_lock_status() is all that pg_locks shows.
std::string guard_sql(const std::string& pid, const std::string& database, std::int64_t run_key) {
  return require_one_row_sql(std::string(kLockLost)) + "FROM pg_catalog.pg_lock_status() l WHERE l.pid = " + pid +
         " AND l.granted AND " + holds_key_sql("l", run_key, database);
}

std::string RunLock::guard_sql(const std::string& database) const {
  return postgres::guard_sql(std::to_string(impl_->pid), database, impl_->keys.run);
}

bool RunLock::is_held() {
  try {
    return impl_->session.query(
               "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = " + std::to_string(impl_->pid) +
               " AND " + holds_key_sql("l", impl_->keys.run) + ")")[0][0] == "t";
  } catch (const Error&) {
    return false;  // an expected outcome here: the session that held it is gone
  }
}

void RunLock::release_waited_for_keys() {
  for (const ForeignKey& foreign : impl_->keys.foreign) {
    if (foreign.owner_waits) unlock(impl_->session, foreign.key);
  }
}

bool RunLock::retake_waited_for_keys(const std::function<bool()>& cancelled) {
  Pause pause;
  for (const ForeignKey& foreign : impl_->keys.foreign) {
    if (!foreign.owner_waits) continue;
    while (!try_lock(impl_->session, foreign.key)) {
      if (!sleep_unless_cancelled(pause.next(), cancelled)) return false;
    }
  }
  return true;
}

}  // namespace postgres
