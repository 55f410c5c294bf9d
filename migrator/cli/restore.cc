#include "common/error.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/by_hand.h"

namespace cli {
namespace {

backup::Method method_of(const std::string& word) {
  if (word.empty() || word == "auto") return backup::Method::kAuto;
  if (word == "swap") return backup::Method::kSwap;
  if (word == "in-place") return backup::Method::kInPlace;
  throw PermanentError("--method is auto, swap or in-place, not \"" + word + "\"", report::ExitCode::kUsage);
}

}  // namespace

int restore(const Words& words) {
  CommonFlags common;
  run::RestoreByHand asked;
  std::string method, lock_wait;
  Command command("restore", "BACKUP [flags]", "put a backup back; what was written since is lost");
  command.argument("BACKUP", &asked.backup, "file name, path, the run that took it, or latest: this database's newest",
                   true);
  command.option("--method", "HOW", &method,
                 "swap: a new database takes the name; in-place: inside this one; auto: swap where allowed");
  command.flag("--from-other-database", &asked.from_other_database,
               "the backup is another database's: replace all of this one by a copy of that one");
  command.option("--lock-wait", "TIME", &lock_wait, "how long to wait for another run (10m)");
  add_common(command, common);
  command.example("sluice restore latest --backup-dir backups --yes", "the newest backup of this database");
  if (const auto code = command.parse(words)) return *code;
  // A path says the folder too.
  if (const std::size_t slash = asked.backup.rfind('/'); slash != std::string::npos) {
    common.backup_dir = asked.backup.substr(0, slash + 1);
    asked.backup = asked.backup.substr(slash + 1);
  }
  const Settings settings(common);
  asked.run = settings.request();
  asked.method = method_of(method);
  if (!lock_wait.empty()) asked.run.spec.apply.lock_wait = duration_of("--lock-wait", lock_wait);
  const auto sink = settings.sink();
  return print_result(run::restore_by_hand(asked, settings.target(), *sink, SystemClock(), is_cancelled),
                      settings.output());
}

}  // namespace cli
