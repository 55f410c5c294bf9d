// Tool mode: lock, backup, checks, going back and report are ours, the applying is done by the user's own tool. What
// it prints becomes `tool` events, so that it can't forge ours.
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "common/error.h"
#include "common/report/names.h"
#include "migrator/run/phases.h"
#include "migrator/run/tool_output.h"
#include "migrator/run/tool_process.h"

namespace run {
namespace {

constexpr std::size_t kLongestLine = 4096;

std::vector<std::string> passwords_of(const Context& run) {
  std::vector<std::string> passwords;
  const auto add = [&](const postgres::Target& target) {
    const auto password = target.keywords().find("password");
    if (password != target.keywords().end()) passwords.push_back(password->second);
  };
  add(run.target);
  if (run.request.maintenance) add(*run.request.maintenance);
  return passwords;
}

/// Cuts a stream into lines and says each as an event.
class Lines {
 public:
  explicit Lines(const Context& run) : run_(run), output_(passwords_of(run)) {}
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
    run_.emit(report::events::kTool, {{"line", output_.shown(line_)}});
    line_.clear();
  }
  void end() {
    if (!line_.empty()) say();
  }

 private:
  const Context& run_;
  ToolOutput output_;
  std::string line_ = {};
};

/// What the tool's sessions are to say at start-up, where it uses libpq or reads the same variables.
void add_session_options(ToolProcess::Environment& environment, Context& run) {
  environment.try_emplace("PGAPPNAME", postgres::tool_name(run.keys, run.id));
  const auto given = environment.find("PGOPTIONS");
  // Said to be empty: between it and the server stands what refuses them.
  if (given != environment.end() && given->second.empty()) return;
  const std::string option = postgres::end_with_client_option(run.target, run.cancelled);
  const bool is_said = given != environment.end() && given->second.find("client_connection_check") != std::string::npos;
  if (option.empty() || is_said) return;
  environment["PGOPTIONS"] = given == environment.end() ? option : given->second + " " + option;
}

/// Its image's, whole (what SLUICE_ONLY keeps from us is meant for it), and ours without secrets that no tool needs:
/// who reads it reads them. A `sluice` that it starts knows us by SLUICE_RUN, and isn't to begin this very run again.
ToolProcess::Environment environment_for_tool(Context& run) {
  std::vector<std::string> all = run.request.tool_environment;
  for (char** entry = environ; *entry != nullptr; ++entry) all.emplace_back(*entry);
  ToolProcess::Environment environment;
  for (const std::string& text : all) {
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) environment.try_emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  namespace names = report::names;
  for (const std::string_view ours :
       {names::kEnvMaintenanceUrl, names::kEnvGateToken, names::kEnvOnly, names::kEnvSpec})
    environment.erase(std::string(ours));
  environment[std::string(names::kEnvNested)] = run.id;
  add_session_options(environment, run);
  return environment;
}

/// What a tool that has ended left in its pipe: no more than a pipe holds, since a daemon of its may go on printing.
void read_rest(const ToolProcess& child, Lines& lines) {
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
/// end, not its output's, is what counts. Where it was stopped or failed, nobody of its group may go on: the end of
/// all. However much it prints, SIGTERM and the lock are looked at in between.
int wait_for(Context& run, ToolProcess& child, bool& was_cancelled) {
  constexpr std::chrono::milliseconds kMoment{200};
  Lines lines(run);
  bool output_open = true, lock_lost = false;
  for (;;) {
    const std::optional<int> code = child.ended();
    if (code.value_or(0) != 0) child.stop();
    const bool is_alone = code && *code == 0 && !was_cancelled && !lock_lost;
    if (is_alone || (code && child.is_gone())) {
      read_rest(child, lines);
      if (lock_lost) throw TransientError("the run's lock was lost while the tool worked; it was stopped");
      was_cancelled = was_cancelled || child.was_interrupted();
      return *code;
    }
    if (output_open) {
      const std::optional<std::string> text = child.read_some(code ? std::chrono::milliseconds(20) : kMoment);
      output_open = text.has_value();
      if (text) lines.add(*text);
    } else {
      ::usleep(20000);
    }
    was_cancelled = was_cancelled || (run.cancelled && run.cancelled());
    lock_lost = lock_lost || !run.lock->session().is_alive();
    if (was_cancelled || lock_lost) child.stop();
  }
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
    ToolProcess child(run.request.tool, environment_for_tool(run));
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
