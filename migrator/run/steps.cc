#include "migrator/run/steps.h"

#include <algorithm>
#include <cctype>

#include "common/error.h"
#include "common/report/digest.h"
#include "migrator/sql/statement.h"

namespace run {

std::vector<std::string> below(const revisions::Revision& revision) {
  std::vector<std::string> ids = revision.parents;
  ids.insert(ids.end(), revision.depends_on.begin(), revision.depends_on.end());
  return ids;
}

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
  entry.file = script_of(step).file;
  entry.statements_total = shape.statements;
  entry.applied_by = run.applied_by();
  entry.tool_version = run.row("").tool_version;
  entry.backup = run.backup ? run.backup->file : "";
  entry.below = below(*step.revision);
  return entry;
}

namespace {

/// What a step did so far, as a hash: its first `count` statements.
std::string checksum_of_first(const revisions::Script& script, int count, bool standard_strings) {
  const sql::Script cut = sql::split(script.text, standard_strings);
  std::string all;
  for (int i = 0; i < count && i < static_cast<int>(cut.statements.size()); ++i) {
    const std::string_view text = cut.statements[static_cast<std::size_t>(i)].text;
    all += std::to_string(text.size()) + ":";
    all += text;
  }
  return report::sha256_hex(all);
}

/// A crash can fall between a statement and its journal row; attempts since that came no further don't know either.
bool next_may_be_done(const Context& run, const revisions::Step& step) {
  const std::vector<journal::Entry> attempts = unfinished_attempts(run, step);
  return std::any_of(attempts.begin(), attempts.end(), [&](const journal::Entry& each) {
    const bool ended_itself = each.result == "failed" && each.error.rfind(kCutOff, 0) != 0;
    return each.statements_applied == attempts.back().statements_applied && !ended_itself;
  });
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

/// As Alembic writes it.
std::string title(const revisions::Step& step) {
  const revisions::Revision& one = *step.revision;
  std::string from;
  for (const std::string& parent : one.parents) from += (from.empty() ? "" : ", ") + parent;
  if (from.empty()) from = "base";
  const bool up = step.direction == revisions::Direction::kUp;
  const std::string what = up ? "upgrade " + from + " -> " + one.id : "downgrade " + one.id + " -> " + from;
  const std::string message = one.message.empty() ? "" : " (" + one.message + ")";
  return "-- Running " + one_line(what + message) + "\n-- " + one_line(script_of(step).file) + "\n";
}

}  // namespace

std::vector<journal::Entry> unfinished_attempts(const Context& run, const revisions::Step& step) {
  std::vector<journal::Entry> attempts;
  for (const journal::Entry& entry : run.entries) {
    if (entry.revision != step.revision->id) continue;
    const bool is_unfinished = entry.direction == direction_word(step) && entry.result != "succeeded";
    is_unfinished ? attempts.push_back(entry) : attempts.clear();
  }
  return attempts;
}

int already_applied(const Context& run, const revisions::Step& step) {
  const std::vector<journal::Entry> attempts = unfinished_attempts(run, step);
  if (attempts.empty() || attempts.back().statements_applied == 0) return 0;
  const journal::Entry& last = attempts.back();
  const int done = last.statements_applied;
  if (last.checksum == script_of(step).sha256) return done;
  if (checksum_of_first(script_of(step), done, run.facts.dialect.standard_strings) == last.applied_checksum)
    return done;
  throw PermanentError(script_of(step).file + ": run " + last.run + " did its first " + std::to_string(done) +
                           " statements, and one of these was edited since; put them back as they were, and correct "
                           "what comes after them",
                       report::ExitCode::kHistoryMismatch);
}

postgres::Shape shape_of(const Context& run, const revisions::Step& step) {
  return postgres::examine(script_of(step), step.revision->transaction, step.revision->strict_transaction,
                           run.facts.dialect, already_applied(run, step));
}

postgres::StepSql step_sql(const Context& run, const revisions::Step& step, const postgres::Shape& shape) {
  journal::Entry entry = entry_of(run, step, shape);
  postgres::StepSql sql;
  sql.name = step.revision->id;
  if (run.prints) sql.title = title(step);
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
  sql.resumed = next_may_be_done(run, step);
  entry.result = "running";
  entry.statements_applied = sql.already_applied;
  entry.applied_checksum = checksum_of_first(script_of(step), sql.already_applied, run.facts.dialect.standard_strings);
  sql.begin_sql = run.journal.insert_sql(entry);
  sql.progress_sql = [&run, entry, script = sql.script](int applied) {
    journal::Entry now = entry;
    now.statements_applied = applied;
    now.applied_checksum = checksum_of_first(*script, applied, run.facts.dialect.standard_strings);
    return run.journal.update_sql(now);
  };
  entry.statements_applied = entry.statements_total;
  entry.applied_checksum.clear();
  entry.result = "succeeded";
  sql.finish_sql = ledger + run.journal.update_sql(entry);
  return sql;
}

}  // namespace run
