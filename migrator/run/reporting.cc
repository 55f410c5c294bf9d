#include "common/error.h"
#include "migrator/backup/restore.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

const char* word(report::ExitCode code) {
  switch (code) {
    case report::ExitCode::kDone:
      return "succeeded";
    case report::ExitCode::kWentBack:
      return "went back";
    case report::ExitCode::kCancelled:
      return "cancelled";
    default:
      return "failed";
  }
}

}  // namespace

std::string end_sql(const Context& run) { return run.journal.finish_run_sql(run.row(word(run.result.code))); }

void record_end(Context& run) {
  if (!run.recorded || !run.lock) return;
  run.result.heads = run.ledger->read(run.lock->session()).value_or(std::vector<std::string>());
  run.heads_are_known = true;
  const std::string sql = end_sql(run);
  if (run.applier) return run.applier->execute(sql);
  run.lock->session().execute(sql);
}

void drop_old_databases(Context& run) {
  if (!run.backup || run.request.spec.backup.keep == 0) return;
  backup::RestoreRequest request;
  request.maintenance = run.request.maintenance;
  try {
    backup::drop_old_databases(run.target, request, run.request.spec.backup.keep);
  } catch (const Error& error) {
    // The run is done: what is left behind costs room, no more.
    run.emit(report::events::kWarning,
             {{"file", ""}, {"message", std::string("databases that restores replaced are kept: ") + error.what()}});
  }
}

void record_nothing_pending(Context& run) {
  run.result.code = report::ExitCode::kDone;
  run.result.message = "nothing to do: the database is at its target";
  start_applying(run);
  record_end(run);
}

}  // namespace run
