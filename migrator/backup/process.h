// migrator/backup/process.h: a child program of ours (pg_dump, pg_restore) that can't outlive us.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace backup {

struct Command {
  std::vector<std::string> argv = {};  // argv[0] is a path; never holds a credential: /proc shows it to everybody
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours
};

struct Ended {
  int code = 0;                 // exit code; 128 + signal when a signal ended it
  std::string error_text = {};  // its stderr, the first 16 KiB
  bool cancelled = false;
};

/// Runs it to its end in a process group of its own; what it prints goes to `sink` piece by piece. It is killed, and
/// reaped, when `cancelled` says so, when `sink` throws, and when this process dies (PR_SET_PDEATHSIG).
/// Throws PermanentError(kInternal) when the system can't start a process; a program that can't be executed ends 127.
Ended run_process(const Command&, const std::function<void(std::string_view)>& sink,
                  const std::function<bool()>& cancelled);

}  // namespace backup
