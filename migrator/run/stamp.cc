#include "migrator/run/stamp.h"

#include <algorithm>

#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

void refuse_unknown_rows(const Context& run) {
  for (const std::string& row : run.rows) {
    if (run.files.graph->find(row) != nullptr) continue;
    throw PermanentError(run.ledger->name() + " holds " + row + ", which is not in " + run.request.folder +
                             ": `sluice stamp --purge` replaces all rows",
                         report::ExitCode::kHistoryMismatch);
  }
}

/// What was applied of these came from another text: to take the new one for it is what `sluice repair` says, one by
/// one.
void refuse_edited_among(const Context& run, const std::set<std::string>& ids) {
  auto edited = edited_files(run);
  std::erase_if(edited, [&](const revisions::Revision* each) { return ids.count(each->id) == 0; });
  refuse_edited(run, edited);
}

/// Rows of other branches stay; those above or below a target make way for it.
std::vector<std::string> rows_after(const Context& run, const std::vector<std::string>& ids, bool replace_all) {
  const revisions::Graph& graph = *run.files.graph;
  std::vector<std::string> after = ids;
  if (!replace_all) {
    const std::set<std::string> below = graph.ancestors_and_self(ids);
    for (const std::string& row : run.rows) {
      const std::set<std::string> of_row = graph.ancestors_and_self({row});
      const bool is_above =
          std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return of_row.count(id) != 0; });
      if (!is_above && below.count(row) == 0) after.push_back(row);
    }
  }
  return graph.effective_heads(after);
}

std::string ledger_sql(const Context& run, const std::vector<std::string>& after, bool purge) {
  revisions::HeadChange change;
  std::string sql = run.has_ledger ? "" : run.ledger->create_sql() + ";\n";
  if (purge) sql += "DELETE FROM " + run.ledger->quoted() + ";\n";
  const std::vector<std::string> before = purge ? std::vector<std::string>() : run.rows;
  for (const std::string& row : before) {
    if (std::find(after.begin(), after.end(), row) == after.end()) change.erase.push_back(row);
  }
  for (const std::string& id : after) {
    if (std::find(before.begin(), before.end(), id) == before.end()) change.insert.push_back(id);
  }
  return sql + run.ledger->change_sql(change);
}

void stamp_under_lock(Context& run, const StampRequest& request) {
  run.files = read_files(run.request);
  take_database(run);
  preflight(run);
  read_history(run, run.lock->session());
  if (!request.purge) refuse_unknown_rows(run);
  check_id_lengths(run, run.lock->session());
  const bool to_base = request.targets == std::vector<std::string>{"base"};
  std::vector<std::string> ids;
  for (const std::string& target : request.targets) {
    for (const std::string& id : revisions::resolve(*run.files.graph, run.rows, target)) ids.push_back(id);
  }
  const std::vector<std::string> after = rows_after(run, ids, request.purge || to_base);
  const std::set<std::string> stamped = run.files.graph->ancestors_and_self(after);
  if (!request.purge) refuse_edited_among(run, stamped);
  run.journal.ensure(run.lock->session());
  postgres::Applier applier(run.target, run.keys, *run.lock, {});
  applier.execute(ledger_sql(run, after, request.purge) + record_sql(run, stamped, "stamp"));
  run.result.heads = run.ledger->read(run.lock->session()).value_or(std::vector<std::string>());
  run.result.code = report::ExitCode::kDone;
  run.result.message = "stamped; no revision was run";
}

}  // namespace

report::Result stamp(const StampRequest& request, const postgres::Target& target, report::EventSink& events,
                     const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request.run, target, events, clock, cancelled);
  try {
    stamp_under_lock(run, request);
  } catch (const Error& error) {
    run.result.code = error.code;
    run.result.message = error.what();
  }
  return run.result;
}

}  // namespace run
