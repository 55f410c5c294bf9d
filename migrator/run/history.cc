#include <algorithm>
#include <map>

#include "common/error.h"
#include "migrator/revisions/record.h"
#include "migrator/revisions/text.h"
#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

constexpr std::size_t kEarlierRuns = 20;

bool says_applied(const journal::Entry& entry) {
  return entry.result == "succeeded" && (entry.direction == "up" || entry.direction == "stamp" ||
                                         entry.direction == "adopt" || entry.direction == "repair");
}

bool says_taken_back(const journal::Entry& entry) { return entry.result == "succeeded" && entry.direction == "down"; }

/// The newest entry that says a revision is applied, by id; none once it was taken back.
std::map<std::string, const journal::Entry*> recorded(const std::vector<journal::Entry>& entries) {
  std::map<std::string, const journal::Entry*> newest;
  for (const journal::Entry& entry : entries) {
    if (says_applied(entry)) newest[entry.revision] = &entry;
    if (says_taken_back(entry)) newest.erase(entry.revision);
  }
  return newest;
}

bool has_history(const Context& run) { return std::any_of(run.entries.begin(), run.entries.end(), says_applied); }

[[noreturn]] void mismatch(const std::string& message) {
  throw PermanentError(message, report::ExitCode::kHistoryMismatch);
}

std::string of_another_service(const std::string& row) {
  return "and numbers like these may be another service's. If the database stands at " + row +
         " of this very folder: `sluice stamp " + row + "`; else give each service a table of its own with --ledger";
}

/// Applied, says the ledger, and no journal row says so. What lies below a recorded revision came late as a file; what
/// lies above was applied by another program on the same ledger.
void check_unrecorded(const Context& run, const std::vector<std::string>& recorded_ids) {
  const auto missing =
      revisions::without_record(*run.files.graph, run.rows, {recorded_ids.begin(), recorded_ids.end()});
  const std::set<std::string> older = run.files.graph->ancestors_and_self(recorded_ids);
  std::vector<const revisions::Revision*> late;
  for (const revisions::Revision* one : missing) {
    if (older.count(one->id) != 0) late.push_back(one);
  }
  if (!late.empty()) mismatch(revisions::out_of_order_message(late));
  if (missing.empty() || !has_numbered_ids(run.files)) return;
  mismatch(run.ledger->name() + " says " + revisions::joined(run.rows, ", ") + ", but Sluice has no record of " +
           missing[0]->up.file + ", " + of_another_service(missing.back()->id));
}

void check_records(const Context& run, const std::set<std::string>& applied) {
  std::vector<std::string> ids;
  const auto entries = recorded(run.entries);
  for (const auto& [id, entry] : entries) {
    if (applied.count(id) != 0) ids.push_back(id);
  }
  check_unrecorded(run, ids);
  refuse_edited(run, edited_files(run));
}

void refuse_numbers_of_others(const Context& run, const std::set<std::string>& applied) {
  if (applied.empty() || !has_numbered_ids(run.files)) return;
  mismatch(run.ledger->name() + " says " + revisions::joined(run.rows, ", ") + ", but Sluice never worked on it, " +
           of_another_service(run.rows.front()));
}

}  // namespace

void read_history(Context& run, postgres::Session& session) {
  const auto rows = run.ledger->read(session);
  run.has_ledger = rows.has_value();
  run.rows = rows.value_or(std::vector<std::string>());
  run.result.heads = run.rows;
  run.heads_are_known = true;
  if (!run.journal.find(session, run.rows)) return;
  run.entries = run.journal.entries(session);
  // As many as it takes to see the first attempt at this change.
  for (std::size_t newest = kEarlierRuns;; newest *= 10) {
    run.earlier_runs = run.journal.runs(session, static_cast<int>(newest));
    run.attempts = attempts_without_verdict(run);
    if (run.attempts.size() < newest) break;
  }
}

void refuse_moved_ledger(const Context& run, postgres::Session& session) {
  if (run.ledger->read(session).value_or(std::vector<std::string>()) == run.rows) return;
  throw TransientError(run.ledger->name() + " was changed by someone else while this run prepared: nothing was done");
}

void refuse_what_failed_before(const Context& run) {
  if (run.request.again || run.earlier_runs.empty()) return;
  const journal::Run& last = run.earlier_runs.front();
  if (last.digest != run.digest || run.digest.empty()) return;
  // Somebody moved the database since: then it isn't the same run.
  if (std::set<std::string>(last.heads.begin(), last.heads.end()) !=
      std::set<std::string>(run.rows.begin(), run.rows.end()))
    return;
  const bool went_back = last.result == "went back";
  if (!went_back && last.exit_code != static_cast<int>(report::ExitCode::kStepFailed)) return;
  throw PermanentError("run " + last.run + " of these very files " +
                           (went_back ? "failed and was put back" : "failed at a step and was rolled back") + " at " +
                           last.finished_at + "; nothing was tried again: change the files, or use --again",
                       went_back ? report::ExitCode::kWentBack : report::ExitCode::kStepFailed);
}

std::vector<const revisions::Revision*> edited_files(const Context& run) {
  const std::set<std::string> applied = run.files.graph->ancestors_and_self(run.rows);
  std::map<std::string, std::string> checksums;
  for (const auto& [id, entry] : recorded(run.entries)) {
    if (applied.count(id) != 0) checksums[id] = entry->checksum;
  }
  return revisions::edited(*run.files.graph, checksums);
}

void refuse_edited(const Context& run, const std::vector<const revisions::Revision*>& edited) {
  if (edited.empty()) return;
  const journal::Entry& entry = *recorded(run.entries).at(edited.front()->id);
  mismatch(revisions::edited_message(edited) + " (applied " + entry.finished_at + " by run " + entry.run +
           " with sha256 " + entry.checksum.substr(0, 12) + "…, now " + edited.front()->up.sha256.substr(0, 12) +
           "…; `git log -p -- " + edited.front()->up.file + "` shows what changed)");
}

void check_history(const Context& run, postgres::Session& session) {
  const std::set<std::string> applied = run.files.graph->ancestors_and_self(run.rows);
  has_history(run) ? check_records(run, applied) : refuse_numbers_of_others(run, applied);
  check_id_lengths(run, session);
}

void check_id_lengths(const Context& run, postgres::Session& session) {
  const auto longest = run.has_ledger ? run.ledger->max_id_length(session) : std::nullopt;
  if (!longest) return;
  for (const revisions::Revision& one : run.files.graph->all()) {
    const auto characters = std::count_if(one.id.begin(), one.id.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    if (characters <= *longest) continue;
    mismatch("revision id " + one.id + " has " + std::to_string(characters) + " characters, but the column of " +
             run.ledger->name() + " takes " + std::to_string(*longest) +
             ": shorten the id, or ALTER TABLE … ALTER COLUMN version_num TYPE varchar(255)");
  }
}

std::string record_sql(const Context& run, const std::set<std::string>& ids, const std::string& direction) {
  std::string sql;
  if (ids.empty()) return sql;
  journal::Entry entry;
  entry.run = run.id;
  entry.direction = direction;
  entry.result = "succeeded";
  entry.applied_by = run.applied_by();
  entry.tool_version = run.row("").tool_version;
  for (const std::string& id : run.files.graph->topological()) {
    if (ids.count(id) == 0) continue;
    entry.revision = id;
    entry.checksum = run.files.graph->find(id)->up.sha256;
    entry.file = run.files.graph->find(id)->up.file;
    entry.below = below(*run.files.graph->find(id));
    sql += run.journal.insert_sql(entry);
  }
  return sql;
}

std::string complete_ancestry_sql(const Context& run) {
  std::map<std::string, std::vector<std::string>> known;
  const auto lacks = [](const journal::Entry& entry) { return !entry.below; };
  if (!run.files.graph || std::none_of(run.entries.begin(), run.entries.end(), lacks)) return {};
  for (const revisions::Revision& one : run.files.graph->all()) known[one.id] = below(one);
  return run.journal.complete_ancestry_sql(run.entries, known);
}

Elsewhere done_elsewhere(const Context& run) {
  Elsewhere elsewhere;
  if (run.assumes_history || !run.files.graph) return elsewhere;
  const std::set<std::string> applied = run.files.graph->ancestors_and_self(run.rows);
  const auto entries = recorded(run.entries);
  for (const std::string& id : applied) {
    if (entries.count(id) == 0) elsewhere.applied.insert(id);
  }
  // Without a file nothing can be said: it may have been squashed into another.
  for (const auto& [id, entry] : entries) {
    if (applied.count(id) == 0 && run.files.graph->find(id) != nullptr) elsewhere.taken_back.insert(id);
  }
  return elsewhere;
}

std::string elsewhere_sql(const Context& run, const Elsewhere& elsewhere) {
  std::string sql = record_sql(run, elsewhere.applied, "adopt");
  journal::Entry entry;
  entry.run = run.id;
  entry.direction = "down";
  entry.result = "succeeded";
  entry.applied_by = journal::kTheLedger;
  entry.tool_version = run.row("").tool_version;
  const std::vector<std::string> order = run.files.graph ? run.files.graph->topological() : std::vector<std::string>();
  for (auto id = order.rbegin(); id != order.rend(); ++id) {
    entry.revision = *id;
    if (elsewhere.taken_back.count(*id) != 0) sql += run.journal.insert_sql(entry);
  }
  return sql;
}

void tell_elsewhere(const Context& run, const Elsewhere& elsewhere) {
  const std::string ledger = run.ledger->name();
  for (const std::string& id : elsewhere.applied) {
    run.emit(report::events::kNotice,
             {{"step", id}, {"message", ledger + " says it is applied, and Sluice has no record of that: adopted"}});
  }
  for (const std::string& id : elsewhere.taken_back) {
    run.emit(report::events::kNotice,
             {{"step", id},
              {"message", ledger + " says it isn't applied any more: another program, or stamp, took it back"}});
  }
}

}  // namespace run
