#include "migrator/run/tool_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/error.h"

namespace run {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

struct Words {
  std::vector<std::string> argv = {}, environment = {};
};

/// Between fork and exec: only what is safe there in a program with threads.
[[noreturn]] void become(char* const* argv, char* const* environment, int output, int problem, bool takes_terminal,
                         pid_t parent) {
  ::setpgid(0, 0);
  // A group in the background that asks for the terminal is stopped, unless it doesn't listen.
  ::signal(SIGTTOU, SIG_IGN);
  if (takes_terminal) ::tcsetpgrp(STDIN_FILENO, ::getpid());
  // Without us there is no lock: the tool must not outlive us.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  for (const int number : {SIGTERM, SIGINT, SIGPIPE, SIGTTOU}) ::signal(number, SIG_DFL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execvpe(argv[0], argv, environment);
  const int error = errno;
  if (::write(problem, &error, sizeof error) < 0) ::_exit(126);
  ::_exit(127);
}

}  // namespace

ToolProcess::ToolProcess(const std::vector<std::string>& argv, const Environment& environment) {
  Words words{.argv = argv};
  for (const auto& [name, value] : environment) words.environment.push_back(name + "=" + value);
  const std::vector<char*> arguments = pointers(words.argv), variables = pointers(words.environment);
  std::array<int, 2> output{}, problem{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(problem.data(), O_CLOEXEC) != 0) {
    throw TransientError("start " + argv.front() + ": " + std::strerror(errno));
  }
  has_terminal_ = ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
  // While the tool has the terminal, we are in its background, and say events all the same.
  if (has_terminal_) ::signal(SIGTTOU, SIG_IGN);
  // What its children leave behind when they end comes to us, so that the group can be seen to be empty.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), variables.data(), output[1], problem[1], has_terminal_, parent);
  ::close(output[1]);
  ::close(problem[1]);
  output_ = output[0];
  int error = pid_ < 0 ? errno : 0;
  if (pid_ > 0 && ::read(problem[0], &error, sizeof error) > 0) ::waitpid(pid_, nullptr, 0);
  ::close(problem[0]);
  if (error == 0) return;
  ::close(output_);
  take_terminal_back();
  throw PermanentError("the tool can't be started: " + argv.front() + ": " + std::strerror(error),
                       report::ExitCode::kUsage);
}

ToolProcess::~ToolProcess() {
  ::close(output_);
  if (!code_) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  take_terminal_back();
}

std::optional<std::string> ToolProcess::read_some(std::chrono::milliseconds within) const {
  pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, static_cast<int>(within.count())) <= 0) return std::string();
  std::array<char, 4096> text{};
  const ssize_t length = ::read(output_, text.data(), text.size());
  if (length <= 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(length));
}

std::optional<int> ToolProcess::ended() {
  int status = 0;
  if (code_ || ::waitpid(pid_, &status, WNOHANG | (has_terminal_ ? WUNTRACED : 0)) != pid_) return code_;
  if (WIFSTOPPED(status)) {
    stop_with_it();
  } else {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code_;
}

void ToolProcess::stop() {
  if (asked_at_) return;
  asked_at_ = std::chrono::steady_clock::now();
  ::kill(-pid_, SIGTERM);
  ::kill(-pid_, SIGCONT);
}

bool ToolProcess::is_gone() {
  if (!ended()) {
    if (std::chrono::steady_clock::now() > *asked_at_ + kGrace) ::kill(-pid_, SIGKILL);
    return false;
  }
  while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
  }
  const bool is_late = std::chrono::steady_clock::now() > *asked_at_ + kGrace;
  return ::kill(-pid_, is_late ? SIGKILL : 0) != 0 && errno == ESRCH;
}

bool ToolProcess::was_interrupted() const { return has_terminal_ && code_ == 128 + SIGINT; }

/// Ctrl-Z: the shell must see that its job has stopped; with fg the terminal is ours to give again.
void ToolProcess::stop_with_it() {
  take_terminal_back();
  ::kill(0, SIGSTOP);
  if (::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) ::tcsetpgrp(STDIN_FILENO, pid_);
  ::kill(-pid_, SIGCONT);
}

void ToolProcess::take_terminal_back() const {
  if (has_terminal_ && ::tcgetpgrp(STDIN_FILENO) == pid_) ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
}

}  // namespace run
