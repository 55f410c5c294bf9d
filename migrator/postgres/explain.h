// migrator/postgres/explain.h: a server's error as a person reads it: file, line, statement. Pure. Private to this
// folder.
#pragma once
#include "migrator/postgres/apply.h"
#include "migrator/postgres/channel.h"

namespace postgres {

/// Which of the message's statements failed: by position where there is one (a syntax error means nothing ran, and
/// counts no results), else by the count of results.
const Expected& failed_part(const Message&, const ServerError&);

/// `script`: of the step that failed.
StepError explain(const Message&, const ServerError&, const revisions::Script& script);

/// 55P03, 40P01, 40001: the same step may go through a moment later.
bool is_worth_a_retry(const ServerError&);

}  // namespace postgres
