// Earlier attempts at this very change that came to no verdict: killed, cancelled, or stopped by what passes. What they
// did is part of what this run undoes when it goes back (run-protocol, Going back 1).
#include <algorithm>

#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {

bool has_no_verdict(const journal::Run& earlier) {
  if (earlier.result == "running") return true;
  switch (static_cast<report::ExitCode>(earlier.exit_code)) {
    case report::ExitCode::kNotNow:
    case report::ExitCode::kNotAllowed:
    case report::ExitCode::kInternal:  // as the next run closes a killed one's row
    case report::ExitCode::kCancelled:
      return earlier.result != "succeeded";
    default:
      return false;
  }
}

namespace {

bool went(const journal::Entry& entry) {
  return journal::is_step(entry) &&
         (entry.result == "succeeded" || entry.result == "running" || !entry.applied_checksum.empty());
}

bool changed_something(const Context& run, const journal::Run& attempt) {
  if (run.is_tool_mode()) return true;  // nobody knows
  return std::any_of(run.entries.begin(), run.entries.end(),
                     [&](const journal::Entry& entry) { return entry.run == attempt.run && went(entry); });
}

}  // namespace

bool is_this_change(const Context& run, const journal::Run& earlier) {
  return !run.digest.empty() && earlier.digest == run.digest && !spec::is_relative(run.request.spec.target);
}

std::vector<journal::Run> attempts_without_verdict(const Context& run) {
  std::vector<journal::Run> attempts;
  for (const journal::Run& each : run.earlier_runs) {
    if (!is_this_change(run, each) || !has_no_verdict(each)) break;
    attempts.push_back(each);
  }
  while (!attempts.empty() && !changed_something(run, attempts.back())) attempts.pop_back();
  std::reverse(attempts.begin(), attempts.end());
  return attempts;
}

std::vector<revisions::Step> steps_of_attempts(const Context& run) {
  if (run.attempts.empty() || !run.files.graph) return {};
  std::set<std::string> runs, ids;
  for (const journal::Run& attempt : run.attempts) runs.insert(attempt.run);
  for (const journal::Entry& entry : run.entries) {
    if (runs.count(entry.run) == 0 || !went(entry)) continue;
    if (entry.direction == "down") {
      throw PermanentError("run " + entry.run + ", which was cut off, had taken back " + entry.revision,
                           report::ExitCode::kNotWentBack);
    }
    ids.insert(entry.revision);
  }
  return revisions::last_steps(*run.files.graph, run.rows, ids);
}

}  // namespace run
