// migrator/cli/result_text.h: the end of a verb that isn't a run, for people or programs.
#pragma once
#include "common/report/result.h"
#include "migrator/cli/render_history.h"

namespace cli {
/// Prints the result (text: message and heads, errors on stderr) and returns its exit code.
int print_result(const report::Result&, Output);
}  // namespace cli
