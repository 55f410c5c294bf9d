// Tool mode: lock, backup, checks, going back and report are ours, the applying is done by the user's own tool. What
// it prints becomes `tool` events, so that it can't forge ours.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "common/error.h"
#include "common/report/names.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

constexpr std::size_t kLongestLine = 4096;

bool is_hex_of(std::string_view two, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto value = [&](char digit) {
    return kDigits.find(digit >= 'A' && digit <= 'F' ? digit + ('a' - 'A') : digit);
  };
  return two.size() == 2 && value(two[0]) != std::string_view::npos && value(two[1]) != std::string_view::npos &&
         value(two[0]) * 16 + value(two[1]) == static_cast<unsigned char>(c);
}

/// The length of the password at the beginning of `text`, each character of it as it is, as %XX, as + for a blank, or
/// behind a backslash: tools print URLs, conninfo strings and JSON. 0: it isn't there.
std::size_t length_of_password(std::string_view text, std::string_view password) {
  std::size_t at = 0;
  for (const char c : password) {
    const std::string_view rest = text.substr(std::min(at, text.size()));
    if (rest.size() > 1 && rest[0] == '\\' && rest[1] == c) {
      at += 2;
    } else if (rest.size() > 2 && rest[0] == '%' && is_hex_of(rest.substr(1, 2), c)) {
      at += 3;
    } else if (!rest.empty() && (rest[0] == c || (rest[0] == '+' && c == ' '))) {
      at += 1;
    } else {
      return 0;
    }
  }
  return at;
}

/// Replaces the password wherever the tool prints it.
std::string redacted(const std::string& line, const Context& run) {
  const auto password = run.target.keywords().find("password");
  if (password == run.target.keywords().end() || password->second.empty()) return line;
  std::string shown;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = length_of_password(std::string_view(line).substr(at), password->second);
    if (length > 0) {
      shown += "***";
      at += length;
    } else {
      shown += line[at++];
    }
  }
  return shown;
}

/// Cuts a stream into lines and says each as an event.
class Lines {
 public:
  explicit Lines(const Context& run) : run_(run) {}
  void add(std::string_view text) {
    for (const char c : text) {
      if (c == '\n') {
        say();
      } else if (line_.size() < kLongestLine) {
        line_ += c;
      }
    }
  }
  void say() {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    run_.emit(report::events::kTool, {{"line", redacted(line_, run_)}});
    line_.clear();
  }
  void end() {
    if (!line_.empty()) say();
  }

 private:
  const Context& run_;
  std::string line_ = {};
};

/// The tool's process: standard output and error come through one pipe, in the order they were written.
class Child {
 public:
  Child(const std::vector<std::string>& argv, std::vector<std::string> environment) {
    std::array<int, 2> output{}, problem{};
    if (::pipe2(output.data(), O_CLOEXEC) != 0 || ::pipe2(problem.data(), O_CLOEXEC) != 0) {
      throw TransientError("start " + argv.front() + ": " + std::strerror(errno));
    }
    std::vector<std::string> words = argv;
    const std::vector<char*> arguments = pointers(words), variables = pointers(environment);
    pid_ = ::fork();
    if (pid_ == 0) become(arguments, variables, output[1], problem[1]);
    ::close(output[1]);
    ::close(problem[1]);
    output_ = output[0];
    int error = pid_ < 0 ? errno : 0;
    if (pid_ > 0 && ::read(problem[0], &error, sizeof error) > 0) ::waitpid(pid_, nullptr, 0);
    ::close(problem[0]);
    if (error != 0) {
      ::close(output_);
      throw PermanentError("the tool can't be started: " + argv.front() + ": " + std::strerror(error),
                           report::ExitCode::kUsage);
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    ::close(output_);
    if (ended_) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void signal(int number) const { ::kill(pid_, number); }

  /// What it printed within that time, a part of it at least; none: it closed its output.
  std::optional<std::string> read_some(std::chrono::milliseconds within) const {
    pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(within.count())) <= 0) return std::string();
    std::array<char, 4096> text{};
    const ssize_t length = ::read(output_, text.data(), text.size());
    if (length <= 0) return std::nullopt;
    return std::string(text.data(), static_cast<std::size_t>(length));
  }

  /// Its exit code, 128 + the signal's number when one ended it; none: it still runs.
  std::optional<int> ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    ended_ = true;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  [[noreturn]] static void become(const std::vector<char*>& arguments, const std::vector<char*>& variables, int output,
                                  int problem) {
    // Without us there is no lock: the tool must not outlive us.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGTERM, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(output, 1);
    ::dup2(output, 2);
    ::execvpe(arguments.front(), arguments.data(), variables.data());
    const int error = errno;
    if (::write(problem, &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }

  int pid_ = -1, output_ = -1;
  bool ended_ = false;
};

/// What a tool that has ended left in its pipe: no more than a pipe holds, since a daemon of its may go on printing.
void read_rest(const Child& child, Lines& lines) {
  constexpr std::size_t kPipe = std::size_t{1} << 20;
  for (std::size_t read = 0; read < kPipe;) {
    const std::optional<std::string> text = child.read_some(std::chrono::milliseconds(0));
    if (!text || text->empty()) break;
    lines.add(*text);
    read += text->size();
  }
  lines.end();
}

/// Reads until the tool has ended. A tool may leave a daemon that holds its output open, or close it and go on: so its
/// end, not its output's, is what counts. However much it prints, SIGTERM and the lock are looked at in between.
int wait_for(Context& run, Child& child, bool& was_cancelled) {
  constexpr std::chrono::milliseconds kMoment{200};
  Lines lines(run);
  bool output_open = true, lock_lost = false;
  for (;;) {
    if (const std::optional<int> code = child.ended()) {
      read_rest(child, lines);
      if (lock_lost) throw TransientError("the run's lock was lost while the tool worked; it was stopped");
      return *code;
    }
    if (output_open) {
      const std::optional<std::string> text = child.read_some(kMoment);
      output_open = text.has_value();
      if (text) lines.add(*text);
    } else {
      ::usleep(20000);
    }
    if (!was_cancelled && run.cancelled && run.cancelled()) {
      was_cancelled = true;
      child.signal(SIGTERM);
    }
    if (!lock_lost && !run.lock->session().is_alive()) {
      lock_lost = true;
      child.signal(SIGTERM);
    }
  }
}

/// Its image's, whole: what SLUICE_ONLY keeps from us is meant for it. A `sluice` that it starts knows us by
/// SLUICE_RUN.
std::vector<std::string> environment_of_tool(const Context& run) {
  const std::string nested = std::string(report::names::kEnvNested) + "=";
  const std::string only = std::string(report::names::kEnvOnly) + "=";
  std::vector<std::string> all = run.request.tool_environment;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  std::erase_if(all, [&](const std::string& each) { return each.starts_with(nested) || each.starts_with(only); });
  all.push_back(nested + run.id);
  return all;
}

bool stands_at(const Context& run, const std::vector<std::string>& rows) {
  const std::string& target = run.request.spec.target;
  if (target == "heads" || target == "head" || target == "base" || spec::is_relative(target)) return true;
  if (target.find('@') != std::string::npos) return true;
  return std::any_of(rows.begin(), rows.end(), [&](const std::string& row) { return row.rfind(target, 0) == 0; });
}

}  // namespace

std::optional<Failure> run_tool(Context& run) {
  run.applier.reset();
  bool was_cancelled = false;
  int code = 0;
  {
    Child child(run.request.tool, environment_of_tool(run));
    code = wait_for(run, child, was_cancelled);
  }
  run.result.child_exit = code;
  const std::string name = run.request.tool.front();
  if (code != 0) {
    return Failure{.code = was_cancelled ? report::ExitCode::kCancelled : report::ExitCode::kStepFailed,
                   .message = name + " ended with exit code " + std::to_string(code),
                   .next = "its own output says why"};
  }
  const auto rows = run.ledger->read(run.lock->session()).value_or(std::vector<std::string>());
  if (stands_at(run, rows)) return std::nullopt;
  return Failure{
      .code = report::ExitCode::kHistoryMismatch,
      .message = name + " ended well, but " + run.ledger->name() + " does not stand at " + run.request.spec.target,
      .next = "does the tool write to this ledger? Name its version table with --ledger"};
}

}  // namespace run
