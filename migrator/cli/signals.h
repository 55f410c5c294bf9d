// migrator/cli/signals.h: SIGTERM and SIGINT ask a run to end cleanly.
#pragma once

namespace cli {

/// From here on SIGTERM and SIGINT set a flag instead of ending the process, and a reader that goes away doesn't
/// either.
void watch_signals();
/// True once one of them came.
bool is_cancelled();

}  // namespace cli
