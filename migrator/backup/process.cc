#include "migrator/backup/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>

#include "common/error.h"

namespace backup {
namespace {

constexpr std::size_t kMaxErrorText = 16384;

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw PermanentError(std::string("make a pipe: ") + std::strerror(errno));
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

/// Our environment with the additions, without what the child has no business with.
std::vector<std::string> child_environment(const Command& command) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const char* unwanted : {"SLUICE_DATABASE_URL", "DATABASE_URL", "PGCLIENTENCODING", "LANGUAGE", "LC_MESSAGES"})
    variables.erase(unwanted);
  for (const auto& [name, value] : command.environment) variables[name] = value;
  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Between fork and exec: only calls that are safe after fork in a program with threads.
[[noreturn]] void become(char* const* argv, char* const* environment, int out, int error, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::execve(argv[0], argv, environment);
  ::_exit(127);
}

/// A child that is certainly gone when this is.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) { ::setpgid(pid, pid); }
  ~Child() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void signal(int number) const { ::kill(-pid_, number); }
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

/// Reads once; false: the end.
bool pass_on(int from, const std::function<void(std::string_view)>& to) {
  static thread_local std::array<char, 65536> buffer;
  const ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  if (count > 0) to({buffer.data(), static_cast<std::size_t>(count)});
  return count > 0;
}

class Reader {
 public:
  Reader(Pipe& out, Pipe& error, Child& child) : out_(out), error_(error), child_(child) {}

  void read_all(const std::function<void(std::string_view)>& sink, const std::function<bool()>& cancelled,
                Ended& ended) {
    const auto keep = [&ended](std::string_view text) {
      ended.error_text.append(text.substr(0, kMaxErrorText - std::min(kMaxErrorText, ended.error_text.size())));
    };
    while (out_.ends[0] >= 0 || error_.ends[0] >= 0) {
      std::array<pollfd, 2> ready{pollfd{out_.ends[0], POLLIN, 0}, pollfd{error_.ends[0], POLLIN, 0}};
      ::poll(ready.data(), ready.size(), 100);
      if (ready[0].revents != 0 && !pass_on(out_.ends[0], sink)) out_.close_end(0);
      if (ready[1].revents != 0 && !pass_on(error_.ends[0], keep)) error_.close_end(0);
      stop_if(cancelled, ended);
    }
  }

 private:
  /// First politely, so that pg_dump cancels its query; then for good.
  void stop_if(const std::function<bool()>& cancelled, Ended& ended) {
    const auto now = std::chrono::steady_clock::now();
    if (!ended.cancelled && cancelled && cancelled()) {
      ended.cancelled = true;
      asked_at_ = now;
      child_.signal(SIGTERM);
    } else if (ended.cancelled && now - asked_at_ > std::chrono::seconds(1)) {
      child_.signal(SIGKILL);
    }
  }

  Pipe& out_;
  Pipe& error_;
  Child& child_;
  std::chrono::steady_clock::time_point asked_at_ = {};
};

}  // namespace

Ended run_process(const Command& command, const std::function<void(std::string_view)>& sink,
                  const std::function<bool()>& cancelled) {
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> environment = child_environment(command);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> variables = pointers(environment);
  Pipe out, error;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw PermanentError(std::string("start a process: ") + std::strerror(errno));
  if (pid == 0) become(argv.data(), variables.data(), out.ends[1], error.ends[1], parent);
  Child child(pid);
  out.close_end(1);
  error.close_end(1);
  Ended ended;
  Reader(out, error, child).read_all(sink, cancelled, ended);
  ended.code = child.wait();
  return ended;
}

}  // namespace backup
