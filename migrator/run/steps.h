// migrator/run/steps.h: a step of a plan as the apply session wants it: script, and the ledger and journal rows that go
// with it.
#pragma once
#include <string>
#include <vector>

#include "migrator/run/context.h"

namespace run {

/// The ids a revision stands on: parents and dependencies.
std::vector<std::string> below(const revisions::Revision&);

/// The file this step runs.
const revisions::Script& script_of(const revisions::Step&);
/// "up" or "down", as the journal has it.
const char* direction_word(const revisions::Step&);
/// The same steps backwards, in the other direction. Throws PermanentError(kNotWentBack) naming the first revision that
/// can't go down (no file, or irreversible with its reason).
std::vector<revisions::Step> reversed(const std::vector<revisions::Step>&);

/// A journal row for this step, not yet with a result.
journal::Entry entry_of(const Context&, const revisions::Step&, const postgres::Shape&);
/// Error text of a journal row whose run was killed in it.
inline constexpr const char* kCutOff = "cut off";
/// The attempts at this step since it last succeeded or was undone, oldest first: a run now goes on with the newest.
std::vector<journal::Entry> unfinished_attempts(const Context&, const revisions::Step&);
/// How many statements of a non-transactional step an earlier run has done that failed or was cut off in it. Throws
/// PermanentError(kHistoryMismatch) when the file was edited before that statement: it would go on in another script.
int already_applied(const Context&, const revisions::Step&);
/// How the script will be run, behind what earlier runs did. Throws as already_applied() and postgres::examine().
postgres::Shape shape_of(const Context&, const revisions::Step&);
/// Everything the apply session needs; the shape is shape_of(). The context and the step must outlive it.
postgres::StepSql step_sql(const Context&, const revisions::Step&, const postgres::Shape&);

}  // namespace run
