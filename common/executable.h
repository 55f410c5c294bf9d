// common/executable.h: where our own executable lies: what was installed with it lies beside it.
#pragma once
#include <string>

/// The path of the running executable, with links resolved where /proc is there; empty: not known.
std::string executable_path();

/// The path of a file beside it: "/pg_dump" for "/sluice"; empty: as above.
std::string beside_executable(const std::string& name);
