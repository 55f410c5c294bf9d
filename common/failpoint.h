// common/failpoint.h: named places where a test may kill or stop the process (operator-protocol, Runtime 4).
#pragma once

/// SLUICE_FAILPOINT names what to do where: "NAME=kill" (raise SIGKILL), "NAME=pause" (touch the file
/// $SLUICE_FAILPOINT_FILE and wait until it is gone), several separated by commas. "NAME:3=kill": at the third pass.
/// Compiled into test builds only (SLUICE_FAILPOINTS); a release build has neither the code nor the names.
#ifdef SLUICE_FAILPOINTS
namespace failpoint {
void reach(const char* name);
}
#define SLUICE_FAILPOINT(name) ::failpoint::reach(name)
#else
#define SLUICE_FAILPOINT(name) static_cast<void>(0)
#endif
