#include "migrator/run/version.h"

#include "migrator/cli/settings.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"

namespace cli {

int version(const Words& words) {
  CommonFlags common;
  Command command("version", "[flags]", "which build this is");
  add_output(command, common);
  command.example("sluice version --output json", "for programs");
  if (const auto code = command.parse(words)) return *code;
  const bool json = output_alone(common) == Output::kJson;
  print(json ? "{\"version\":\"" + run::version() + "\"}\n" : "sluice " + run::version() + "\n");
  return 0;
}

}  // namespace cli
