#include "migrator/run/preview.h"

#include "migrator/run/phases.h"
#include "migrator/run/steps.h"

namespace run {
namespace {

class NoEvents final : public report::EventSink {
 public:
  void emit(std::string_view, const nlohmann::json&) override {}
};

std::string title(const revisions::Step& step) {
  const revisions::Revision& one = *step.revision;
  std::string from, message = one.message.empty() ? "" : " (" + one.message + ")";
  for (const std::string& parent : one.parents) from += (from.empty() ? "" : ", ") + parent;
  if (from.empty()) from = "base";
  return step.direction == revisions::Direction::kUp ? "-- Running upgrade " + from + " -> " + one.id + message
                                                     : "-- Running downgrade " + one.id + " -> " + from + message;
}

std::string sql_of(const Context& run, const revisions::Step& step, const postgres::Shape& shape) {
  const postgres::StepSql sql = step_sql(run, step, shape);
  std::string text = title(step) + "\n-- " + script_of(step).file + "\n";
  std::string script = script_of(step).text;
  if (script.rfind("\xEF\xBB\xBF", 0) == 0) script.erase(0, 3);
  if (!script.empty() && script.back() != '\n') script += '\n';
  if (shape.transactional) return text + "BEGIN;\n" + script + ";\n" + sql.bookkeeping + "COMMIT;\n\n";
  return text + sql.begin_sql + script + ";\nBEGIN;\n" + sql.finish_sql + "COMMIT;\n\n";
}

Preview finished(Context& run, const std::string& before) {
  Preview preview;
  const bool has_journal = run.has_ledger && !run.entries.empty();
  if (!has_journal && !run.plan.steps.empty()) preview.sql += run.journal.create_sql() + "\n";
  if (!run.has_ledger && !run.plan.steps.empty()) preview.sql += run.ledger->create_sql() + ";\n\n";
  preview.sql += before;
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
    preview.sql += sql_of(run, step, shape);
  }
  preview.held_back = run.plan.held_back;
  preview.heads_after = run.plan.heads_after;
  run.result.code = report::ExitCode::kDone;
  preview.result = run.result;
  return preview;
}

}  // namespace

Preview preview(const Request& request, const postgres::Target& target, const Clock& clock) {
  NoEvents nowhere;
  const std::function<bool()> never = [] { return false; };
  Context run(request, target, nowhere, clock, never);
  run.files = read_files(request);
  run.result.digest = run.files.digest;
  postgres::Session session = postgres::Session::open(target);
  run.facts.server_version = session.server_version();
  read_history(run, session);
  check_history(run, session);
  make_plan(run);
  return finished(run, adopt_sql(run));
}

Preview preview_offline(const Request& request, const std::string& from, const Clock& clock) {
  constexpr int kOldestServer = 130000;
  NoEvents nowhere;
  const std::function<bool()> never = [] { return false; };
  const postgres::Target none;
  Context run(request, none, nowhere, clock, never);
  run.files = read_files(request);
  run.facts.server_version = kOldestServer;
  if (from != "base") run.rows = revisions::resolve(*run.files.graph, {}, from);
  run.has_ledger = !run.rows.empty();
  make_plan(run);
  return finished(run, "");
}

}  // namespace run
