#include <nlohmann/json.hpp>

#include "common/error.h"
#include "migrator/cli/change.h"
#include "migrator/cli/sink.h"
#include "migrator/run/preview.h"

namespace cli {
namespace {

std::string as_json(const run::Preview& preview) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const run::PlannedStep& step : preview.steps) {
    steps.push_back({{"revision", step.revision},
                     {"direction", step.direction},
                     {"file", step.file},
                     {"message", step.message},
                     {"statements", step.statements},
                     {"transactional", step.transactional},
                     {"destructive", step.destructive},
                     {"warnings", step.warnings}});
  }
  const nlohmann::ordered_json json = {
      {"target", preview.result.target},      {"heads", preview.result.heads},
      {"heads_after", preview.heads_after},   {"steps", steps},
      {"held_back", preview.held_back},       {"destructive", preview.result.destructive},
      {"plan_hash", preview.result.plan_hash}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string as_text(const run::Preview& preview) {
  if (preview.steps.empty()) return "nothing to do: the database is at its target\n";
  std::string text;
  for (const run::PlannedStep& step : preview.steps) {
    text += (step.direction == "down" ? "down " : "up   ") + step.revision + "  " + step.file + "  " +
            std::to_string(step.statements) + (step.statements == 1 ? " statement" : " statements") +
            (step.transactional ? "" : ", outside a transaction") + (step.destructive ? ", destroys data" : "") + "\n";
    for (const std::string& warning : step.warnings) text += "     warning: " + warning + "\n";
  }
  for (const std::string& id : preview.held_back) text += "held back until the old code is gone: " + id + "\n";
  return text + "plan " + preview.result.plan_hash + "\n";
}

}  // namespace

int print_plan(const run::Request& request, const Settings& settings) {
  const run::Preview preview = run::preview(request, settings.target(), SystemClock());
  print(settings.output() == Output::kJson ? as_json(preview) : as_text(preview));
  write_termination_log(preview.result);
  return 0;
}

int plan(const Words& words) {
  CommonFlags common;
  RunFlags flags;
  bool downgrade = false;
  Command command("plan", "[TARGET] [flags]", "what a run would do; takes no lock, changes nothing");
  command.argument("TARGET", &flags.target, "as for upgrade (heads)");
  add_plan_flags(command, flags);
  command.flag("--down", &downgrade, "TARGET is below, as for downgrade");
  add_common(command, common);
  command.example("sluice plan", "what is pending");
  command.example("sluice plan --output json | jq -r .plan_hash", "the hash that --approved-plan takes");
  if (const auto code = command.parse(words)) return *code;
  try {
    const Settings settings(common);
    run::Request request = request_of(settings, flags);
    request.downgrade = downgrade;
    return print_plan(request, settings);
  } catch (const Error& error) {
    report::Result result;
    result.code = error.code;
    result.message = error.what();
    write_termination_log(result);
    throw;
  }
}

}  // namespace cli
