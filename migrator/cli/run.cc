#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/error.h"
#include "common/report/names.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/run_flags.h"
#include "migrator/cli/sealed.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/pipeline.h"

namespace cli {
namespace {

/// A start script's AUTO_MIGRATE=false (guides D3): the application starts, nothing is migrated. Whoever hands the
/// whole spec to a container wants the run: there the word is for the application, whose image may bring it.
bool is_switched_off(const CommonFlags& common) {
  if (common.file.empty() && !environment(std::string(report::names::kEnvSpec)).empty()) return false;
  const std::string text = environment("AUTO_MIGRATE");
  return !text.empty() && !is_yes("AUTO_MIGRATE", text);
}

/// The same that a resource with `command` is refused for: a tool has no plan of ours.
void refuse_what_needs_a_plan(const run::Request& request) {
  if (request.spec.phase == spec::Phase::kExpand)
    throw UsageError("phase expand isn't possible with a tool: only the tool knows which of its steps contract");
  if (!request.approved_plan.empty() || (request.spec.approval != spec::Approval::kNotRequired && !request.assume_yes))
    throw UsageError("approval isn't possible with a tool, which has no plan to approve: leave it out, or say --yes");
}

report::Result run_as_told(const CommonFlags& common, const RunFlags& flags, const std::vector<std::string>& tool) {
  const Settings settings(common, Output::kJson);
  run::Request request = request_of(settings, flags);
  if (!tool.empty()) request.tool = tool;
  if (!request.tool.empty()) refuse_what_needs_a_plan(request);
  if (is_switched_off(common)) {
    report::Result result;
    result.code = report::ExitCode::kDone;
    result.message = "AUTO_MIGRATE is off: nothing was looked at";
    print_result(result, settings.output());
    return result;
  }
  return run::execute(request, settings.target(), *settings.sink(), SystemClock(), is_cancelled);
}

/// The application takes our place in the same process: signals reach it, and its end is the container's.
[[noreturn]] void become(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  unseal_environment();
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(arguments.front(), arguments.data());
  throw PermanentError("the application can't be started: " + words.front() + ": " + std::strerror(errno),
                       report::ExitCode::kUsage);
}

/// Of a run that ended well it is the application whose last words the kubelet is to read.
int hand_over(const std::vector<std::string>& application) {
  if (is_cancelled()) return static_cast<int>(report::ExitCode::kCancelled);
  become(application);
}

struct RunWords {
  CommonFlags common = {};
  RunFlags flags = {};
  std::vector<std::string> behind = {};  // --: the tool, or with --then the application
  bool then = false;
};

void add_words(Command& command, RunWords& said) {
  command.rest(&said.behind);
  add_plan_flags(command, said.flags);
  command.option("--target", "TARGET", &said.flags.target, "heads, a revision, +N, label@head (SLUICE_TARGET; heads)");
  add_change_flags(command, said.flags);
  command.flag("--init-container", &said.flags.init_container,
               "never restore: other replicas work (SLUICE_INIT_CONTAINER)");
  command.flag("--then", &said.then,
               "what follows -- is no tool but the application: it takes our place after a good end");
  add_common(command, said.common);
  command.example("sluice run -f migration.yaml --migrations db", "as a DatabaseMigration resource says");
  command.example("SLUICE_DATABASE_URL=… SLUICE_MIGRATIONS=/migrations sluice run",
                  "by environment alone, as an init container or an entry point");
  command.example("sluice run --backup-dir /backups -- alembic upgrade head",
                  "your own tool applies; lock, backup, checks and report are ours");
  command.example("sluice run --then -- /app/server", "the entry point of an image: migrate, then be the application");
}

}  // namespace

int run_verb(const Words& words) {
  RunWords said;
  Command command("run", "[flags] [-- TOOL ARGUMENTS…]",
                  "the whole run: lock, preflight, checks, backup, apply, checks, going back, report");
  add_words(command, said);
  if (const auto code = command.parse(words)) return *code;
  if (said.then && said.behind.empty())
    throw UsageError("--then needs the application: sluice run --then -- APPLICATION");
  report::Result result;
  try {
    result = run_as_told(said.common, said.flags, said.then ? std::vector<std::string>() : said.behind);
  } catch (const Error& error) {
    result.code = error.code;
    result.message = error.what();
    write_termination_log(result);
    throw;
  } catch (const std::exception& error) {
    result.message = std::string("internal error: ") + error.what();
    write_termination_log(result);
    throw;
  }
  if (said.then && result.code == report::ExitCode::kDone) return hand_over(said.behind);
  if (result.code != report::ExitCode::kDone && result.run.empty()) {
    std::fprintf(stderr, "sluice run: %s\n", result.message.c_str());
  }
  write_termination_log(result);
  return static_cast<int>(result.code);
}

}  // namespace cli
