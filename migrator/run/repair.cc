#include "migrator/run/repair.h"

#include <algorithm>

#include "common/error.h"
#include "migrator/revisions/text.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

using Revisions = std::vector<const revisions::Revision*>;

std::string ids_of(const Revisions& some, std::string_view separator) {
  std::vector<std::string> ids;
  for (const revisions::Revision* each : some) ids.push_back(each->id);
  return revisions::joined(ids, separator);
}

[[noreturn]] void refuse_repair(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

Revisions chosen(const Context& run, const RepairRequest& request, const Revisions& edited) {
  if (request.all || edited.empty()) return edited;
  if (request.revisions.empty()) {
    refuse_repair("which? Edited since they were applied: " + ids_of(edited, ", ") + ". `sluice repair " +
                  ids_of(edited, " ") + "`, or --all");
  }
  Revisions some;
  for (const std::string& word : request.revisions) {
    for (const std::string& id : revisions::resolve(*run.files.graph, run.rows, word)) {
      const auto found = std::find_if(edited.begin(), edited.end(), [&id](const auto* each) { return each->id == id; });
      if (found == edited.end()) {
        refuse_repair(id + " needs no repair: it isn't applied, or its file is what was applied. Edited: " +
                      ids_of(edited, ", "));
      }
      if (std::find(some.begin(), some.end(), *found) == some.end()) some.push_back(*found);
    }
  }
  return some;
}

void tell_repaired(const Context& run, const Revisions& some) {
  for (const revisions::Revision* each : some) {
    run.emit(report::events::kNotice, {{"step", each->id},
                                       {"message", each->up.file + " counts as applied as it is now, sha256 " +
                                                       each->up.sha256.substr(0, 12) + "…, not as it was"}});
  }
}

void repair_under_lock(Context& run, const RepairRequest& request) {
  run.files = read_files(run.request);
  take_database(run);
  preflight(run);
  read_history(run, run.lock->session());
  const Revisions some = chosen(run, request, edited_files(run));
  if (!some.empty()) {
    std::set<std::string> ids;
    for (const revisions::Revision* each : some) ids.insert(each->id);
    run.journal.ensure(run.lock->session());
    postgres::Applier applier(run.target, run.keys, *run.lock, {});
    applier.execute(record_sql(run, ids, "repair"));
    tell_repaired(run, some);
  }
  run.result.code = report::ExitCode::kDone;
  run.result.message = some.empty() ? "nothing to repair: every applied file is what was applied"
                                    : "repaired " + ids_of(some, ", ") + "; nothing was run";
}

}  // namespace

report::Result repair(const RepairRequest& request, const postgres::Target& target, report::EventSink& events,
                      const Clock& clock, const std::function<bool()>& cancelled) {
  Context run(request.run, target, events, clock, cancelled);
  try {
    repair_under_lock(run, request);
  } catch (const Error& error) {
    run.result.code = error.code;
    run.result.message = error.what();
  }
  return run.result;
}

}  // namespace run
