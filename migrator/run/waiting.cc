#include "migrator/run/waiting.h"

#include <algorithm>

#include "common/error.h"
#include "migrator/run/phases.h"
#include "migrator/run/standing.h"

namespace run {
namespace {

std::string joined_or_nothing(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "nothing" : all;
}

/// One look after another at one database.
class Waiter {
 public:
  Waiter(Context& run, const WaitRequest& request) : run_(run) {
    if (!request.before.empty()) before_ = full_id(request.before);
    if (request.at_least.empty()) return;
    at_least_ = run.files.graph ? wanted(*run.files.graph, request.at_least, request.run.spec.phase)
                                : std::vector<std::string>{request.at_least};
  }

  /// What is still missing; empty: all there. Throws PermanentError(kHistoryMismatch): it has reached `before`.
  std::string missing() {
    if (!session_) {
      postgres::Settings settings = for_looking(run_);
      settings.application_name = postgres::name_with_host("sluice wait");
      session_.emplace(postgres::Session::open(run_.target, settings));
    }
    const Standing standing = read_standing(run_, *session_);
    run_.result.heads = standing.rows;
    if (!before_.empty()) refuse_if_too_new(standing);
    for (const std::string& id : at_least_) {
      const Standing::Answer answer = standing.has(id);
      if (answer == Standing::Answer::kCannotTell) return doubt(id, standing);
      if (answer == Standing::Answer::kNo)
        return "revision " + id + " is not applied (the database is at " + joined_or_nothing(standing.rows) + ")";
    }
    if (!before_.empty() && standing.has(before_) == Standing::Answer::kCannotTell) return doubt(before_, standing);
    return at_least_.empty() || is_on_disk() ? "" : "the commit is not on disk yet";
  }

  /// Who is at work on the database now, in words; empty: nobody.
  std::string holder() {
    const std::optional<postgres::Holder> found = postgres::holder_of(*session_, run_.keys.run);
    if (!found) return {};
    std::string text = "backend " + std::to_string(found->pid) + " (" + found->application_name +
                       (found->user.empty() ? "" : ", role " + found->user) + ") is at work";
    const std::vector<journal::Run> runs = newest_run();
    if (runs.empty() || runs.front().result != "running") return text;
    return text + ": run " + runs.front().run + " of " + runs.front().applied_by + " to " + runs.front().target +
           " since " + runs.front().started_at;
  }

  void disconnect() { session_.reset(); }

 private:
  std::string full_id(const std::string& given) const {
    if (!run_.files.graph || run_.files.graph->find(given) != nullptr) return given;
    const std::vector<std::string> found = run_.files.graph->starting_with(given);
    return found.size() == 1 ? found.front() : given;
  }

  /// None where the role may not read the journal: the wait itself doesn't need it.
  std::vector<journal::Run> newest_run() {
    try {
      return run_.journal.find(*session_, run_.result.heads) ? run_.journal.runs(*session_, 1)
                                                             : std::vector<journal::Run>();
    } catch (const TransientError&) {
      return {};
    }
  }

  void refuse_if_too_new(const Standing& standing) const {
    if (standing.has(before_) != Standing::Answer::kYes) return;
    run_.result.reason = kTooNew;
    run_.result.next = "start a release that works with the database as it is; waiting can't undo a revision";
    throw PermanentError("the database is at " + joined_or_nothing(standing.rows) + ", so it has reached " + before_ +
                             ", which this code can't work with",
                         report::ExitCode::kHistoryMismatch);
  }

  std::string doubt(const std::string& id, const Standing& standing) const {
    return "it can't be known whether the database has " + id + ": it is at " + joined_or_nothing(standing.rows) +
           ", and neither files nor journal say what " + joined_or_nothing(standing.unknown) +
           " stands on (--migrations DIR names files that do" +
           (standing.may_read_journal ? "" : "; this role may not read schema sluice") + ")";
  }

  /// An asynchronous commit is visible before it is on disk: a middle revision counts only when no run is active, or
  /// what is written now has been flushed (run-protocol, Durability).
  bool is_on_disk() {
    if (!postgres::holder_of(*session_, run_.keys.run)) return true;
    const postgres::Row standby = session_->query("SELECT pg_catalog.pg_is_in_recovery()").at(0);
    if (standby.at(0) == "t") return true;
    if (seen_.empty())
      seen_ = session_->query("SELECT pg_catalog.pg_current_wal_insert_lsn()").at(0).at(0).value_or("");
    const postgres::Rows flushed =
        session_->query("SELECT pg_catalog.pg_current_wal_flush_lsn() >= $1::pg_catalog.pg_lsn", {seen_});
    return flushed.at(0).at(0) == "t";
  }

  Context& run_;
  std::vector<std::string> at_least_ = {};
  std::string before_ = {};
  std::optional<postgres::Session> session_ = {};
  std::string seen_ = {};  // WAL position when the revision was first seen
};

void poll(Context& run, const WaitRequest& request) {
  Waiter waiter(run, request);
  Patience patience(request.pace, run.events, run.clock, run.cancelled);
  for (;;) {
    patience.stop_if_cancelled();
    std::string why, holder;
    try {
      why = waiter.missing();
      if (!why.empty()) holder = waiter.holder();
    } catch (const TransientError& error) {
      why = error.what();
      waiter.disconnect();
    } catch (const InDoubtError& error) {
      why = error.what();
      waiter.disconnect();
    }
    patience.stop_if_cancelled();
    if (why.empty()) {
      run.result.code = report::ExitCode::kDone;
      run.result.message = "the database is there";
      return;
    }
    patience.wait(why, holder);
  }
}

void check(const WaitRequest& request) {
  const auto refuse = [](const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); };
  if (request.at_least.empty() && request.before.empty())
    refuse("wait needs a revision: --at-least REVISION, --before REVISION, or --migrations DIR for all it holds");
  if (spec::is_relative(request.at_least))
    refuse("wait needs a revision that means the same each time it is asked: --at-least REVISION");
  const bool is_symbol = request.before == "head" || request.before == "heads" || request.before == "base";
  if (is_symbol || spec::is_relative(request.before) || request.before.find('@') != std::string::npos)
    refuse("--before takes the id of a revision, not \"" + request.before + "\"");
  if (!request.before.empty() && request.before == request.at_least)
    refuse("no database has " + request.before + " and has not reached it: --at-least and --before are the same");
}

}  // namespace

report::Result wait(const WaitRequest& request, const postgres::Target& target, report::EventSink& events,
                    const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request.run, target, events, clock, cancelled);
  run.result.run.clear();  // it is no run
  run.result.target = request.at_least;
  try {
    check(request);
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
