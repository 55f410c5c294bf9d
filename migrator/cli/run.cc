#include "common/error.h"
#include "common/report/names.h"
#include "migrator/cli/run_flags.h"
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

report::Result run_as_told(const CommonFlags& common, const RunFlags& flags, const std::vector<std::string>& tool) {
  const Settings settings(common, Output::kJson);
  run::Request request = request_of(settings, flags);
  if (!tool.empty()) request.tool = tool;
  if (is_switched_off(common)) {
    report::Result result;
    result.code = report::ExitCode::kDone;
    result.message = "AUTO_MIGRATE is off: nothing was looked at";
    print(result.message + "\n");
    return result;
  }
  return run::execute(request, settings.target(), *settings.sink(), SystemClock(), is_cancelled);
}

}  // namespace

int run_verb(const Words& words) {
  CommonFlags common;
  RunFlags flags;
  std::vector<std::string> tool;
  Command command("run", "[flags] [-- TOOL ARGUMENTS…]",
                  "the whole run: lock, preflight, checks, backup, apply, checks, going back, report");
  command.rest(&tool);
  add_plan_flags(command, flags);
  command.option("--target", "TARGET", &flags.target, "heads, a revision, +N, label@head (SLUICE_TARGET; heads)");
  add_change_flags(command, flags);
  command.flag("--init-container", &flags.init_container, "never restore: other replicas work (SLUICE_INIT_CONTAINER)");
  add_common(command, common);
  command.example("sluice run -f migration.yaml --migrations db", "as a DatabaseMigration resource says");
  command.example("SLUICE_DATABASE_URL=… SLUICE_MIGRATIONS=/migrations sluice run",
                  "by environment alone, as an init container or an entry point");
  command.example("sluice run --backup-dir /backups -- alembic upgrade head",
                  "your own tool applies; lock, backup, checks and report are ours");
  if (const auto code = command.parse(words)) return *code;
  report::Result result;
  try {
    result = run_as_told(common, flags, tool);
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
  if (result.code != report::ExitCode::kDone && result.run.empty()) {
    std::fprintf(stderr, "sluice run: %s\n", result.message.c_str());
  }
  write_termination_log(result);
  return static_cast<int>(result.code);
}

}  // namespace cli
