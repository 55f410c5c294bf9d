#include "common/error.h"
#include "common/report/names.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/run_flags.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/gate.h"
#include "migrator/run/waiting.h"

namespace cli {
namespace {

struct WaitFlags {
  std::string at_least = {}, before = {}, timeout = {}, interval = {}, phase = {};
  std::string gate = {}, token_file = {}, ca_file = {}, if_unreachable = {}, open_after = {};
};

void add_flags(Command& command, WaitFlags& flags) {
  command.option("--at-least", "REVISION", &flags.at_least,
                 "this revision or a later one (SLUICE_AT_LEAST, SLUICE_TARGET; with --migrations: heads)");
  command.option("--before", "REVISION", &flags.before,
                 "end with 21 where the database has reached this one (SLUICE_BEFORE)");
  command.option("--timeout", "TIME", &flags.timeout, "end with 50 after this long; 0: ask once (SLUICE_TIMEOUT; 5m)");
  command.option("--interval", "TIME", &flags.interval, "about, between two questions (SLUICE_INTERVAL; 1s)");
  command.option("--phase", "PHASE", &flags.phase,
                 "expand: `heads` means without what waits for phase contract (SLUICE_PHASE; all)");
  command.heading("By the operator's gate instead of the database");
  command.option("--gate", "URL", &flags.gate, "http(s)://HOST/gate/v1/NAMESPACE/NAME (SLUICE_GATE)");
  command.option("--gate-token-file", "FILE", &flags.token_file,
                 "holds a bearer token (SLUICE_GATE_TOKEN_FILE; or the token itself in SLUICE_GATE_TOKEN)");
  command.option("--gate-ca-file", "FILE", &flags.ca_file, "CA certificates for https (SLUICE_GATE_CA_FILE)");
  command.option("--if-unreachable", "WHAT", &flags.if_unreachable,
                 "closed: wait; open: let through without an answer (SLUICE_IF_UNREACHABLE; closed)");
  command.option("--open-after", "TIME", &flags.open_after,
                 "with open: after this long without an answer (SLUICE_OPEN_AFTER; 1m)");
}

run::IfUnreachable if_unreachable(const std::string& word) {
  if (word.empty() || word == "closed") return run::IfUnreachable::kClosed;
  if (word == "open") return run::IfUnreachable::kOpen;
  wrong("--if-unreachable is closed or open, not \"" + word + "\"");
}

run::Pace pace_of(const Settings& settings, const WaitFlags& flags) {
  run::Pace pace;
  if (const std::string text = settings.value("timeout", flags.timeout); !text.empty())
    pace.timeout = duration_of("--timeout", text);
  if (const std::string text = settings.value("interval", flags.interval); !text.empty())
    pace.interval = duration_of("--interval", text);
  if (pace.interval.count() < 1) wrong("--interval is longer than nothing");
  return pace;
}

report::Result by_gate(const std::string& url, const Settings& settings, const WaitFlags& flags) {
  if (!settings.value("before", flags.before).empty())
    wrong("the gate doesn't answer --before: ask the database, without --gate");
  run::GateRequest request;
  request.url = url;
  request.token = environment(std::string(report::names::kEnvGateToken));
  request.token_file = settings.value("gate-token-file", flags.token_file);
  request.ca_file = settings.value("gate-ca-file", flags.ca_file);
  request.at_least = settings.value("at-least", flags.at_least);
  request.if_unreachable = if_unreachable(settings.value("if-unreachable", flags.if_unreachable));
  if (const std::string text = settings.value("open-after", flags.open_after); !text.empty())
    request.open_after = duration_of("--open-after", text);
  request.pace = pace_of(settings, flags);
  return run::wait_for_gate(request, *settings.sink(), SystemClock(), is_cancelled);
}

report::Result by_database(const Settings& settings, const WaitFlags& flags) {
  RunFlags as_run;
  as_run.phase = flags.phase;
  run::WaitRequest request;
  request.run = request_of(settings, as_run);
  request.at_least = settings.value("at-least", flags.at_least);
  request.before = settings.value("before", flags.before);
  if (request.at_least.empty()) request.at_least = settings.value("target", "");
  const bool is_any = !request.at_least.empty() || !request.before.empty();
  if (!is_any && !request.run.folder.empty()) request.at_least = "heads";
  request.pace = pace_of(settings, flags);
  return run::wait(request, settings.target(), *settings.sink(), SystemClock(), is_cancelled);
}

}  // namespace

int wait(const Words& words) {
  CommonFlags common;
  WaitFlags flags;
  Command command("wait", "[flags]",
                  "wait until the database has a revision; takes no lock, changes nothing, holds one connection");
  add_flags(command, flags);
  add_common(command, common);
  command.example("sluice wait --at-least 3f2a9c --timeout 10m", "init container of an application");
  command.example("sluice wait --at-least 3f2a9c --before 77d0e1", "the code works with revisions from, up to but not");
  command.example("sluice wait --migrations /app/migrations", "until everything this image knows is applied");
  command.example("sluice wait --gate https://sluice-gate.sluice-system/gate/v1/shop/orders --gate-ca-file ca.crt",
                  "without a database credential: by resource");
  if (const auto code = command.parse(words)) return *code;
  report::Result result;
  try {
    const Settings settings(common);
    const std::string gate = settings.value("gate", flags.gate);
    result = gate.empty() ? by_database(settings, flags) : by_gate(gate, settings, flags);
    write_termination_log(result);
    return print_result(result, settings.output());
  } catch (const Error& error) {
    result.code = error.code;
    result.message = error.what();
    write_termination_log(result);
    throw;
  }
}

}  // namespace cli
