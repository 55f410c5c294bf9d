#include <nlohmann/json.hpp>

#include "common/error.h"
#include "migrator/cli/result_text.h"
#include "migrator/cli/run_flags.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"
#include "migrator/run/by_hand.h"

namespace cli {
namespace {

std::string list_text(const std::vector<backup::Backup>& all) {
  if (all.empty()) return "no backups\n";
  std::string text;
  for (const backup::Backup& one : all) {
    std::string heads;
    for (const std::string& head : one.heads) heads += (heads.empty() ? "" : ", ") + head;
    text += one.file + "  " + one.database + " at " + (heads.empty() ? "base" : heads) + "  " +
            std::to_string(one.size_bytes) + " bytes  " + one.mode + "\n";
  }
  return text;
}

std::string list_json(const std::vector<backup::Backup>& all) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const backup::Backup& one : all) {
    list.push_back({{"file", one.file},
                    {"created", one.created},
                    {"database", one.database},
                    {"ledger", one.ledger},
                    {"system_identifier", one.system_identifier},
                    {"heads", one.heads},
                    {"run", one.run},
                    {"mode", one.mode},
                    {"size", one.size_bytes},
                    {"sha256", one.sha256}});
  }
  return nlohmann::ordered_json{{"backups", list}}.dump() + "\n";
}

}  // namespace

int backup_verb(const Words& words) {
  CommonFlags common;
  RunFlags flags;
  bool list = false;
  Command command("backup", "[flags]", "take a backup now: pg_dump, checked, named by time, database and revision");
  command.flag("--list", &list, "list the backups in --backup-dir, newest first");
  command.option("--mode", "MODE", &flags.backup, "full or schema (full)");
  command.option("--keep", "N", &flags.keep, "backups to keep, 0: all (5)");
  add_common(command, common);
  command.example("sluice backup --backup-dir backups --database \"$URL\"", "one more backup");
  command.example("sluice backup --list --backup-dir backups", "what there is");
  if (const auto code = command.parse(words)) return *code;
  const Settings settings(common);
  run::Request request = request_of(settings, flags);
  if (request.backup_dir.empty()) {
    throw PermanentError("which folder? --backup-dir DIR or SLUICE_BACKUP_DIR", report::ExitCode::kUsage);
  }
  if (list) {
    const std::vector<backup::Backup> all = backup::list(request.backup_dir);
    print(settings.output() == Output::kJson ? list_json(all) : list_text(all));
    return 0;
  }
  if (request.spec.backup.mode == spec::BackupMode::kNone) request.spec.backup.mode = spec::BackupMode::kFull;
  const auto sink = settings.sink();
  return print_result(run::back_up_by_hand(request, settings.target(), *sink, SystemClock(), is_cancelled),
                      settings.output());
}

}  // namespace cli
