#include "migrator/postgres/script_plan.h"

#include "common/error.h"
#include "migrator/sql/words.h"

namespace postgres {
namespace {

using revisions::TransactionMode;

class Planner {
 public:
  Planner(const revisions::Script& script, TransactionMode mode, bool strict, const sql::Dialect& dialect,
          int already_applied)
      : mode_(mode), strict_(strict), is_half_done_(already_applied > 0) {
    plan_.script = &script;
    sql::Script cut = sql::split(script.text, dialect.standard_strings);
    if (cut.problem) complain(cut.problem->line, cut.problem->message);
    plan_.statements.reserve(cut.statements.size());
    for (const sql::Statement& statement : cut.statements) {
      take(statement, sql::classify(statement.text, {.server_version = dialect.server_version,
                                                     .standard_strings = statement.standard_strings}));
    }
  }

  ScriptPlan run() {
    plan_.transactional = mode_ != TransactionMode::kOff && outside_ == 0 && !is_half_done_;
    drop_pair();
    if (plan_.transactional) take_characteristics(plan_.begin, plan_.body, plan_.body_end);
    refuse_read_only(plan_.begin, 0);
    plan_.has_characteristics = !characteristics_of(plan_.begin).at_end();
    if (mode_ != TransactionMode::kOff) refuse_control();
    check_mixed();
    if (!plan_.transactional) group();
    if (!problems_.empty()) throw PermanentError(problems_, report::ExitCode::kStepFailed);
    return std::move(plan_);
  }

 private:
  void complain(int line, const std::string& what) {
    if (!problems_.empty()) problems_ += "\n";
    problems_ += plan_.script->file + ":" + std::to_string(line) + ": " + what;
  }

  void take(const sql::Statement& statement, const sql::Traits& traits) {
    PlannedStatement planned;
    planned.statement = statement;
    planned.number = static_cast<int>(plan_.statements.size()) + 1;
    planned.outside = traits.outside_transaction;
    // Whether it refuses a transaction stands in the catalog, perhaps by this very file: the header decides.
    planned.alone = planned.outside || (mode_ == TransactionMode::kOff && traits.may_refuse_transaction);
    planned.repeatable = traits.repeatable;
    planned.control = traits.transaction_control;
    planned.begins = traits.begins;
    planned.commits = traits.commits;
    planned.sets = traits.verb == "SET" || traits.verb == "RESET";
    planned.concurrently = traits.concurrently;
    planned.probe = traits.probe;
    plan_.statements.push_back(planned);
    plan_.destructive = plan_.destructive || traits.destructive;
    plan_.one_by_one = plan_.one_by_one || traits.changes_lexing;
    plan_.calls_out = plan_.calls_out || traits.calls_out;
    if (traits.outside_transaction) ++outside_;
    if (traits.unnamed_index) {
      complain(statement.line,
               "CREATE INDEX CONCURRENTLY without a name: a rerun couldn't tell whether it is done; name it");
    }
  }

  // One BEGIN…COMMIT pair around a whole file means what we do anyway.
  void drop_pair() {
    plan_.body_end = plan_.statements.size();
    if (plan_.statements.size() < 2 || mode_ == TransactionMode::kOff) return;
    const PlannedStatement &first = plan_.statements.front(), &last = plan_.statements.back();
    if (!first.begins || !last.commits) return;
    plan_.begin = first.statement.text;  // with its isolation level
    plan_.body = 1;
    --plan_.body_end;
  }

  // A guard stands behind our BEGIN, and SET TRANSACTION must come before any query: its words go into the BEGIN.
  void take_characteristics(std::string& begin, std::size_t& body, std::size_t body_end) {
    for (; body < body_end; ++body) {
      const sql::Statement& statement = plan_.statements[body].statement;
      sql::Words words(statement.text);
      if (!words.accept("SET")) break;
      words.accept("LOCAL");
      if (!words.accept("TRANSACTION") || words.at_end()) break;
      if (words.is("SNAPSHOT")) return complain(statement.line, "SET TRANSACTION SNAPSHOT: no migration can have it");
      begin += "\n";  // a trailing `-- comment` would else swallow what follows
      begin += statement.text.substr(words.token().begin);
    }
  }

  // Ledger and journal rows are written in the transaction that `begin` begins.
  void refuse_read_only(const std::string& begin, std::size_t statement) {
    for (sql::Words words = characteristics_of(begin); !words.at_end(); words.advance()) {
      if (!words.accept("READ", "ONLY")) continue;
      return complain(plan_.statements[statement].statement.line,
                      "READ ONLY: that the step was done couldn't be recorded in its transaction");
    }
  }

  // What stands behind BEGIN or START TRANSACTION.
  static sql::Words characteristics_of(std::string_view begin) {
    sql::Words words(begin);
    words.advance();
    if (!words.accept("WORK")) words.accept("TRANSACTION");
    return words;
  }

  void refuse_control() {
    for (std::size_t i = plan_.body; i < plan_.body_end; ++i) {
      const PlannedStatement& planned = plan_.statements[i];
      if (!planned.control) continue;
      complain(
          planned.statement.line,
          "statement " + std::to_string(planned.number) + " (" + planned.traits().verb +
              ") ends or begins a transaction inside the file; leave that to sluice, or write `-- transaction: off`");
    }
  }

  void check_mixed() {
    const std::size_t size = plan_.body_end - plan_.body;
    if (mode_ == TransactionMode::kOff || outside_ == 0 || outside_ == size) return;
    for (const PlannedStatement& planned : plan_.statements) {
      if (!planned.outside) continue;
      const std::string what =
          planned.traits().why_outside + " can't run in a transaction, other statements of this file can";
      if (strict_) {
        complain(planned.statement.line, what + "; move it to a file of its own, or write `-- transaction: off`");
      } else {
        plan_.warnings.push_back(plan_.script->file + ":" + std::to_string(planned.statement.line) + ": " + what +
                                 "; the file is committed in parts");
      }
      return;
    }
  }

  void group() {
    for (std::size_t i = plan_.body; i < plan_.body_end;) {
      const PlannedStatement& planned = plan_.statements[i];
      if (planned.begins) {
        i = take_block(i);
      } else if (planned.alone || planned.control) {
        plan_.groups.push_back({.first = i, .end = i + 1, .alone = true, .body = i, .body_end = i + 1});
        ++i;
      } else {
        i = take_run(i);
      }
    }
    // What a resume counts is statements of the file, its dropped COMMIT included.
    if (!plan_.groups.empty()) plan_.groups.back().end = plan_.statements.size();
    if (!plan_.groups.empty()) plan_.groups.front().first = 0;
  }

  // The runs of other statements between those that stand alone are one transaction each.
  std::size_t take_run(std::size_t first) {
    std::size_t end = first;
    while (end < plan_.body_end) {
      const PlannedStatement& planned = plan_.statements[end];
      if (planned.alone || planned.control) break;
      ++end;
      // A new enum value is usable only after a commit (55P04).
      if (adds_value(planned.statement.text)) break;
    }
    Group run{.first = first, .end = end, .body = first, .body_end = end};
    take_characteristics(run.begin, run.body, run.body_end);
    refuse_read_only(run.begin, first);
    plan_.groups.push_back(run);
    return end;
  }

  static bool adds_value(std::string_view text) {
    sql::Words words(text);
    if (!words.accept("ALTER", "TYPE")) return false;
    words.name();
    return words.accept("ADD", "VALUE");
  }

  // `transaction: off` and the file's own BEGIN … COMMIT.
  std::size_t take_block(std::size_t first) {
    std::size_t end = first + 1;
    for (; end < plan_.body_end && !plan_.statements[end].control; ++end) plan_.statements[end].alone = false;
    if (end == plan_.body_end) {
      complain(plan_.statements[first].statement.line, "BEGIN without COMMIT");
      return end;
    }
    const PlannedStatement& last = plan_.statements[end];
    Group block{.first = first, .end = end + 1, .body = first + 1, .body_end = end};
    block.begin = plan_.statements[first].statement.text;
    take_characteristics(block.begin, block.body, block.body_end);
    if (last.commits) {
      refuse_read_only(block.begin, first);
    } else {
      block.own_end = last.statement.text;
    }
    plan_.groups.push_back(block);
    return end + 1;
  }

  TransactionMode mode_;
  bool strict_;
  bool is_half_done_;
  ScriptPlan plan_;
  std::string problems_;
  std::size_t outside_ = 0;
};

}  // namespace

ScriptPlan plan_script(const revisions::Script& script, TransactionMode mode, bool strict, const sql::Dialect& dialect,
                       int already_applied) {
  return Planner(script, mode, strict, dialect, already_applied).run();
}

}  // namespace postgres
