// migrator/run/tool_process.h: the user's tool and all that it starts, as one process group.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace run {

/// Standard output and error come through one pipe, in the order they were written; standard input is ours. Where we
/// are a terminal's foreground, the tool's group becomes that, and stops and goes on with us (Ctrl-Z, fg).
class ToolProcess {
 public:
  using Environment = std::map<std::string, std::string>;

  /// Throws PermanentError(kUsage) when the program can't be executed, TransientError when the system can't start any.
  ToolProcess(const std::vector<std::string>& argv, const Environment&);
  ToolProcess(const ToolProcess&) = delete;
  ToolProcess& operator=(const ToolProcess&) = delete;
  /// Kills the whole group where the tool has not ended.
  ~ToolProcess();

  /// What was printed within that time, a part of it at least; none: its output is closed.
  std::optional<std::string> read_some(std::chrono::milliseconds within) const;

  /// The tool's own exit code, 128 + the signal's number when one ended it; none: it still runs.
  std::optional<int> ended();
  /// Asks the whole group to end (SIGTERM).
  void stop();
  /// After stop(): whether nobody of the group is left. Who takes longer than kGrace is killed.
  bool is_gone();
  /// Ended by Ctrl-C at the terminal, which we had given away. After ended().
  bool was_interrupted() const;

  /// Within the 30 seconds that a pod has where nobody says otherwise.
  static constexpr std::chrono::seconds kGrace{20};

 private:
  void stop_with_it();
  void take_terminal_back() const;

  pid_t pid_ = -1;  // of the tool, and of its group
  int output_ = -1;
  bool has_terminal_ = false;
  std::optional<int> code_ = {};
  std::optional<std::chrono::steady_clock::time_point> asked_at_ = {};
};

}  // namespace run
