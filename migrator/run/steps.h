// migrator/run/steps.h: a step of a plan as the apply session wants it: script, and the ledger and journal rows that go
// with it.
#pragma once
#include <string>
#include <vector>

#include "migrator/run/context.h"

namespace run {

/// The file this step runs.
const revisions::Script& script_of(const revisions::Step&);
/// "up" or "down", as the journal has it.
const char* direction_word(const revisions::Step&);
/// The same steps backwards, in the other direction. Throws PermanentError(kNotWentBack) naming the first revision that
/// can't go down (no file, or irreversible with its reason).
std::vector<revisions::Step> reversed(const std::vector<revisions::Step>&);

/// A journal row for this step, not yet with a result.
journal::Entry entry_of(const Context&, const revisions::Step&, const postgres::Shape&);
/// How many statements of a non-transactional step an earlier, interrupted run has done.
int already_applied(const Context&, const revisions::Step&);
/// Everything the apply session needs. The context and the step must outlive it.
postgres::StepSql step_sql(const Context&, const revisions::Step&, const postgres::Shape&);

}  // namespace run
