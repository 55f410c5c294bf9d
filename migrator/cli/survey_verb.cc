#include "common/error.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/run_flags.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/pipeline.h"

namespace cli {

int survey_verb(const Words& words) {
  CommonFlags common;
  RunFlags flags;
  Command command("survey", "[flags]", "looks at the database for the operator; takes no lock, changes nothing");
  add_plan_flags(command, flags);
  add_common(command, common);
  command.example("SLUICE_QUESTIONS=3f2a9c,81bd07 sluice survey --phase expand",
                  "heads, pending, contract_pending, and a character of `answers` for each id (docs/phases.md)");
  if (const auto code = command.parse(words)) return *code;
  report::Result result;
  Output output = Output::kJson;
  try {
    const Settings settings(common, output);
    output = settings.output();
    result = run::survey(request_of(settings, flags), settings.target(), SystemClock());
  } catch (const Error& error) {
    result.code = error.code;
    result.message = error.what();
  }
  write_termination_log(result);
  return print_result(result, output);
}

}  // namespace cli
