// Most runs end here: every pod start, every resync. So: one connection, one statement, nothing else is looked at.
#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {

bool nothing_to_do(Context& run, postgres::Session& session, const std::string& files_digest) {
  if (files_digest.empty() || spec::is_relative(run.request.spec.target) || run.is_tool_mode()) return false;
  const std::string table = postgres::quote_identifier(run.request.spec.ledger.schema) + "." +
                            postgres::quote_identifier(run.request.spec.ledger.table);
  run.digest = run_digest(run.request, files_digest);
  const auto heads = run.journal.unchanged_since(session, run.digest, table);
  if (!heads) return false;
  run.result.heads = *heads;
  run.heads_are_known = true;
  run.result.digest = files_digest;
  return true;
}

bool nothing_to_do(Context& run, const std::string& files_digest) {
  if (files_digest.empty() || spec::is_relative(run.request.spec.target) || run.is_tool_mode()) return false;
  if (!run.first) run.first.emplace(open_database(run));
  try {
    return nothing_to_do(run, *run.first, files_digest);
  } catch (const TransientError& error) {
    if (error.code != report::ExitCode::kNotNow || !run.first->is_alive()) throw;
    return false;
  }
}

}  // namespace run
