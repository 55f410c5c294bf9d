#include "migrator/postgres/apply.h"
#include "migrator/postgres/script_plan.h"

namespace postgres {

Shape examine(const revisions::Script& script, revisions::TransactionMode mode, bool strict,
              const sql::Dialect& dialect, int already_applied) {
  ScriptPlan plan = plan_script(script, mode, strict, dialect, already_applied);
  return {.transactional = plan.transactional,
          .has_characteristics = plan.has_characteristics,
          .statements = static_cast<int>(plan.statements.size()),
          .destructive = plan.destructive,
          .calls_out = plan.calls_out,
          .warnings = std::move(plan.warnings)};
}

}  // namespace postgres
