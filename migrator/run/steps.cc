#include "migrator/run/steps.h"

#include "common/error.h"

namespace run {

const revisions::Script& script_of(const revisions::Step& step) {
  return step.direction == revisions::Direction::kUp ? step.revision->up : *step.revision->down;
}

const char* direction_word(const revisions::Step& step) {
  return step.direction == revisions::Direction::kUp ? "up" : "down";
}

std::vector<revisions::Step> reversed(const std::vector<revisions::Step>& steps) {
  std::vector<revisions::Step> back;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    const revisions::Revision& one = *step->revision;
    const bool down = step->direction == revisions::Direction::kUp;
    if (down && one.irreversible) {
      throw PermanentError("revision " + one.id + " is irreversible: " + *one.irreversible,
                           report::ExitCode::kNotWentBack);
    }
    if (down && !one.down) {
      throw PermanentError("revision " + one.id + " (" + one.up.file + ") has no down script",
                           report::ExitCode::kNotWentBack);
    }
    revisions::Step turned;
    turned.revision = step->revision;
    turned.direction = down ? revisions::Direction::kDown : revisions::Direction::kUp;
    turned.heads.insert = step->heads.erase;
    turned.heads.erase = step->heads.insert;
    for (const auto& [from, to] : step->heads.update) turned.heads.update.emplace_back(to, from);
    back.push_back(turned);
  }
  return back;
}

journal::Entry entry_of(const Context& run, const revisions::Step& step, const postgres::Shape& shape) {
  journal::Entry entry;
  entry.run = run.id;
  entry.ledger = run.ledger->name();
  entry.revision = step.revision->id;
  entry.direction = direction_word(step);
  entry.checksum = script_of(step).sha256;
  entry.statements_total = shape.statements;
  entry.applied_by = run.applied_by();
  entry.tool_version = run.row("").tool_version;
  entry.backup = run.backup ? run.backup->file : "";
  return entry;
}

int already_applied(const Context& run, const revisions::Step& step) {
  int applied = 0;
  for (const journal::Entry& entry : run.entries) {
    if (entry.revision != step.revision->id) continue;
    const bool counts = entry.direction == direction_word(step) && entry.result != "succeeded";
    applied = counts ? entry.statements_applied : 0;
  }
  return applied;
}

namespace {

std::string interrupted_sql(const Context& run, const revisions::Step& step) {
  std::string sql;
  for (journal::Entry entry : run.entries) {
    if (entry.revision != step.revision->id || entry.result != "running") continue;
    entry.result = "failed";
    entry.error = "interrupted; continued by run " + run.id;
    sql += run.journal.update_sql(entry);
  }
  return sql;
}

}  // namespace

postgres::StepSql step_sql(const Context& run, const revisions::Step& step, const postgres::Shape& shape) {
  journal::Entry entry = entry_of(run, step, shape);
  postgres::StepSql sql;
  sql.name = step.revision->id;
  sql.script = &script_of(step);
  sql.transaction = step.revision->transaction;
  sql.strict_transaction = step.revision->strict_transaction;
  const std::string ledger = run.ledger->change_sql(step.heads);
  if (shape.transactional) {
    entry.statements_applied = entry.statements_total;
    entry.result = "succeeded";
    sql.bookkeeping = ledger + run.journal.insert_sql(entry);
    return sql;
  }
  sql.already_applied = already_applied(run, step);
  entry.result = "running";
  entry.statements_applied = sql.already_applied;
  sql.begin_sql = interrupted_sql(run, step) + run.journal.insert_sql(entry);
  sql.progress_sql = [&run, entry](int applied) {
    journal::Entry now = entry;
    now.statements_applied = applied;
    return run.journal.update_sql(now);
  };
  entry.statements_applied = entry.statements_total;
  entry.result = "succeeded";
  sql.finish_sql = ledger + run.journal.update_sql(entry);
  return sql;
}

}  // namespace run
