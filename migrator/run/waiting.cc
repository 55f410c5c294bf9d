#include "migrator/run/waiting.h"

#include <algorithm>
#include <thread>

#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

/// By the journal, for a revision that the files at hand don't connect to the ledger's rows (an older image beside a
/// newer database).
bool journal_says_applied(const std::vector<journal::Entry>& entries, const std::string& id) {
  bool applied = false;
  for (const journal::Entry& entry : entries) {
    if (entry.revision == id && entry.result == "succeeded")
      applied = entry.direction != "down" && entry.direction != "restore";
  }
  return applied;
}

/// An asynchronous commit is visible before it is on disk: a middle revision counts only when no run is active, or what
/// is written now has been flushed (run-protocol, Durability).
constexpr const char* kNobodyRuns = R"(
SELECT pg_catalog.pg_is_in_recovery() OR NOT EXISTS (
  SELECT FROM pg_catalog.pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND ((classid::bigint << 32) | objid::bigint) = $1::bigint))";

class Waiter {
 public:
  Waiter(Context& run, const WaitRequest& request) : run_(run), request_(request) {}

  /// What is still missing; empty: all there.
  std::string missing() {
    if (!session_) session_.emplace(postgres::Session::open(run_.target));
    const auto rows = run_.ledger->read(*session_).value_or(std::vector<std::string>());
    run_.result.heads = rows;
    const std::string first = first_missing(rows);
    if (!first.empty()) return "revision " + first + " is not applied";
    return is_on_disk() ? "" : "the commit is not on disk yet";
  }
  void disconnect() { session_.reset(); }

 private:
  std::vector<std::string> wanted(const std::vector<std::string>& rows) const {
    if (!run_.files.graph) return {request_.at_least};
    return revisions::resolve(*run_.files.graph, rows, request_.at_least);
  }

  std::string first_missing(const std::vector<std::string>& rows) {
    std::set<std::string> applied(rows.begin(), rows.end());
    if (run_.files.graph) applied.merge(run_.files.graph->ancestors_and_self(rows));
    std::vector<std::string> missing;
    for (const std::string& id : wanted(rows)) {
      if (applied.count(id) == 0) missing.push_back(id);
    }
    if (missing.empty()) return {};
    if (rows.empty() || !run_.journal.find(*session_)) return missing.front();
    const std::vector<journal::Entry> entries = run_.journal.entries(*session_);
    const auto first = std::find_if(missing.begin(), missing.end(),
                                    [&](const std::string& id) { return !journal_says_applied(entries, id); });
    return first == missing.end() ? "" : *first;
  }

  bool is_on_disk() {
    const postgres::Rows nobody = session_->query(kNobodyRuns, {std::to_string(run_.keys.run)});
    if (nobody.at(0).at(0) == "t") return true;
    if (seen_.empty())
      seen_ = session_->query("SELECT pg_catalog.pg_current_wal_insert_lsn()").at(0).at(0).value_or("");
    const postgres::Rows flushed =
        session_->query("SELECT pg_catalog.pg_current_wal_flush_lsn() >= $1::pg_catalog.pg_lsn", {seen_});
    return flushed.at(0).at(0) == "t";
  }

  Context& run_;
  const WaitRequest& request_;
  std::optional<postgres::Session> session_ = {};
  std::string seen_ = {};  // WAL position when the revision was first seen
};

void poll(Context& run, const WaitRequest& request) {
  const auto deadline = run.started + request.timeout;
  Waiter waiter(run, request);
  for (std::string why;;) {
    run.stop_if_cancelled();
    try {
      why = waiter.missing();
      if (why.empty()) {
        run.result.code = report::ExitCode::kDone;
        run.result.message = "the database is there";
        return;
      }
    } catch (const TransientError& error) {
      why = error.what();
      waiter.disconnect();
    } catch (const InDoubtError& error) {
      why = error.what();
      waiter.disconnect();
    }
    if (run.clock.steady() >= deadline) {
      throw PermanentError("not there within " + spec::format_duration(request.timeout) + ": " + why,
                           report::ExitCode::kWaitTimeout);
    }
    run.emit(report::events::kStepProgress, {{"step", "wait"}, {"message", why}});
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - run.clock.steady());
    const auto until = run.clock.steady() + std::min(request.interval, std::max(left, std::chrono::milliseconds(1)));
    while (run.clock.steady() < until && !(run.cancelled && run.cancelled())) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

}  // namespace

report::Result wait(const WaitRequest& request, const postgres::Target& target, report::EventSink& events,
                    const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request.run, target, events, clock, cancelled);
  run.result.target = request.at_least;
  try {
    if (is_relative(request.at_least) || request.at_least.empty()) {
      throw PermanentError("wait needs a revision that means the same each time it is asked: --at-least REVISION",
                           report::ExitCode::kUsage);
    }
    if (!request.run.folder.empty()) run.files = read_files(request.run);
    poll(run, request);
  } catch (const Error& error) {
    run.result.code = error.code;
    run.result.message = error.what();
  }
  run.result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - run.started).count();
  return run.result;
}

}  // namespace run
