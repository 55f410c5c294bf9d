#include "migrator/run/preview.h"

#include <stdexcept>

#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

class NoEvents final : public report::EventSink {
 public:
  void emit(std::string_view, const nlohmann::json&) override {}
};

Preview summary(Context& run) {
  Preview preview;
  for (std::size_t i = 0; i < run.plan.steps.size(); ++i) {
    const revisions::Step& step = run.plan.steps[i];
    const postgres::Shape& shape = run.shapes[i];
    preview.steps.push_back({.revision = step.revision->id,
                             .direction = direction_word(step),
                             .file = script_of(step).file,
                             .message = step.revision->message,
                             .transactional = shape.transactional,
                             .destructive = shape.destructive,
                             .statements = shape.statements,
                             .warnings = shape.warnings});
  }
  preview.held_back = run.plan.held_back;
  preview.heads_after = run.plan.heads_after;
  run.result.code = report::ExitCode::kDone;
  preview.result = run.result;
  return preview;
}

void look_ahead(Context& run, postgres::Session& session) {
  run.digest = run_digest(run.request, run.files.digest);
  learn_facts(run, session);
  read_history(run, session);
  check_history(run, session);
  make_plan(run);
}

std::string heading(const Context& run) {
  std::string text =
      "-- What a run would send now, message by message. Nothing was written; what only reads is left out.\n"
      "-- By hand: psql -X -v ON_ERROR_STOP=1 -f THIS, with the environment that stands where the apply session "
      "opens.\n"
      "-- A run's own are: its id (here " +
      run.id +
      "), its times (expressions), and in its guards\n"
      "-- two numbers: the pid of its lock session (here pg_catalog.pg_backend_pid(): one session does all)\n"
      "-- and the oid of its database (here asked by name).\n";
  if (run.backup) {
    text += "-- Before the run begins, a backup is made; its name has its time (here " + run.backup->file + ").\n";
  }
  return text;
}

/// From the lock on; the same calls as a run's.
std::string print(Context& run, const std::string& ensure_journal, postgres::Session* look) {
  std::string text = heading(run) + "\n-- Lock session\n" + postgres::take_run_key_sql(run.keys) + "\n;\n";
  text += ensure_journal + "\n";
  start_printing(run, {.text = &text, .look = look, .dialect = run.facts.dialect});
  const bool runs = !run.plan.steps.empty() || checks_are_owed(run);
  if (runs && apply(run)) throw std::logic_error("a printed step failed");
  run.result.code = report::ExitCode::kDone;
  run.result.heads = run.plan.heads_after;
  run.applier->execute(end_sql(run), "-- the run ends; checks come before this\n");
  return text;
}

}  // namespace

Preview preview(const Request& request, const postgres::Target& target, const Clock& clock) {
  NoEvents nowhere;
  const std::function<bool()> never = [] { return false; };
  Context run(request, target, nowhere, clock, never);
  run.files = read_files(request);
  run.result.digest = run.files.digest;
  postgres::Session session = postgres::Session::open(target, {.lock_timeout = postgres::kLookLockTimeout});
  look_ahead(run, session);
  return summary(run);
}

std::string printed_run(const Request& request, const postgres::Target& target, const Clock& clock) {
  NoEvents nowhere;
  const std::function<bool()> never = [] { return false; };
  Context run(request, target, nowhere, clock, never);
  run.files = read_files(request);
  postgres::Session session = postgres::Session::open(target, {.lock_timeout = postgres::kLookLockTimeout});
  if (nothing_to_do(run, session, run.files.digest)) return "-- Nothing to do: the database is at its target.\n";
  look_ahead(run, session);
  foresee_backup(run);
  return print(run, run.journal.ensure_sql(session), &session);
}

std::string printed_run_offline(const Request& request, const std::string& from, const Clock& clock) {
  constexpr int kServer = 140000;
  NoEvents nowhere;
  const std::function<bool()> never = [] { return false; };
  const postgres::Target none;
  Context run(request, none, nowhere, clock, never);
  run.files = read_files(request);
  run.digest = run_digest(request, run.files.digest);
  run.facts.dialect.server_version = kServer;
  if (from != "base") run.rows = revisions::resolve(*run.files.graph, {}, from);
  run.has_ledger = !run.rows.empty();
  run.assumes_history = true;
  make_plan(run);
  return print(run, run.has_ledger ? "" : "BEGIN;\n" + run.journal.create_sql() + "COMMIT;\n", nullptr);
}

}  // namespace run
