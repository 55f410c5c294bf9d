// migrator/cli/arguments.h: the command line, taken over without leaving its passwords in the process list.
#pragma once
#include <string>
#include <vector>

namespace cli {

/// All of argv; afterwards /proc/PID/cmdline shows `*` for each character of a password, in URLs and in conninfo
/// strings (guides S13). The first thing that main does.
std::vector<std::string> take_arguments(int argc, char** argv);

}  // namespace cli
