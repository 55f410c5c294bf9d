// migrator/postgres/script_plan.h: a script cut into what is sent together. Pure. Private to this folder.
#pragma once
#include <string>
#include <vector>

#include "migrator/revisions/revision.h"
#include "migrator/sql/statement.h"

namespace postgres {

struct PlannedStatement {
  sql::Statement statement = {};
  sql::Traits traits = {};
  int number = 0;  // 1-based, as a reader of the file counts
};

/// Of a non-transactional script: statements [first, end) that are committed together.
struct Group {
  std::size_t first = 0, end = 0;
  bool alone = false;                  // one statement that can't be in a transaction
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
  std::string begin = "BEGIN";
  bool one_by_one = false;         // changes how strings are read: sent statement by statement
  bool calls_out = false;          // never committed asynchronously
  std::vector<Group> groups = {};  // non-transactional
  std::vector<std::string> warnings = {};
  bool destructive = false;
};

/// Views into `script`, which must outlive it. Errors: examine(), apply.h.
ScriptPlan plan_script(const revisions::Script& script, revisions::TransactionMode mode, bool strict,
                       int server_version);

}  // namespace postgres
