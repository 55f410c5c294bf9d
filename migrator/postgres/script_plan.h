// migrator/postgres/script_plan.h: a script cut into what is sent together. Pure. Private to this folder.
#pragma once
#include <string>
#include <vector>

#include "migrator/revisions/revision.h"
#include "migrator/sql/statement.h"

namespace postgres {

/// Small, since a file may have a million of them: the rest of its traits is told again when asked.
struct PlannedStatement {
  sql::Statement statement = {};
  int number = 0;  // 1-based, as a reader of the file counts
  bool outside = false, control = false, begins = false, commits = false;
  bool alone = false;  // in a group of its own: can't run in a transaction, or may refuse to and the file allows it
  bool repeatable = false;  // REINDEX, CLUSTER
  bool sets = false;        // SET or RESET
  bool concurrently = false;
  sql::ProbeKind probe = sql::ProbeKind::kNone;
  sql::Traits traits() const { return sql::classify(statement.text, {.standard_strings = statement.standard_strings}); }
};

/// Of a non-transactional script: statements [first, end) that are committed together.
struct Group {
  std::size_t first = 0, end = 0;
  bool alone = false;                  // one statement without a transaction around it
  std::string begin = "BEGIN";         // of a transaction; the file's own words where it has some
  std::string_view own_end = {};       // the file ends it otherwise than by COMMIT (ROLLBACK, PREPARE TRANSACTION)
  std::size_t body = 0, body_end = 0;  // without the file's own BEGIN and end
};

struct ScriptPlan {
  const revisions::Script* script = nullptr;
  std::vector<PlannedStatement> statements = {};  // all, in file order
  bool transactional = true;
  // Transactional: statements [body, body_end), without a BEGIN…COMMIT pair around the whole file.
  std::size_t body = 0, body_end = 0;
  std::string begin = "BEGIN";       // with what the file's SET TRANSACTION says
  bool has_characteristics = false;  // begin says more than BEGIN: an isolation level
  bool one_by_one = false;           // changes how strings are read: sent statement by statement
  bool calls_out = false;            // never committed asynchronously
  std::vector<Group> groups = {};    // non-transactional
  std::vector<std::string> warnings = {};
  bool destructive = false;
};

/// Views into `script`, which must outlive it. Of a script whose first statements an earlier run committed, the rest is
/// never transactional: one transaction around the whole would be a second time. Errors: examine(), apply.h.
ScriptPlan plan_script(const revisions::Script& script, revisions::TransactionMode mode, bool strict,
                       const sql::Dialect&, int already_applied);

}  // namespace postgres
