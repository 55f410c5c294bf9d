#include "migrator/cli/run_flags.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "common/error.h"
#include "common/report/names.h"

namespace cli {
namespace {

spec::BackupMode backup_mode(const std::string& word) {
  if (word == "none") return spec::BackupMode::kNone;
  if (word == "full") return spec::BackupMode::kFull;
  if (word == "schema") return spec::BackupMode::kSchema;
  wrong("--backup is none, full or schema, not \"" + word + "\"");
}

spec::OnFailure on_failure(const std::string& word) {
  if (word == "stop") return spec::OnFailure::kStop;
  if (word == "downgrade") return spec::OnFailure::kDowngrade;
  if (word == "restore") return spec::OnFailure::kRestore;
  wrong("--on-failure is stop, downgrade or restore, not \"" + word + "\"");
}

spec::OnBlocked on_blocked(const std::string& word) {
  if (word == "wait") return spec::OnBlocked::kWait;
  if (word == "give-up") return spec::OnBlocked::kGiveUp;
  if (word == "terminate") return spec::OnBlocked::kTerminate;
  wrong("--on-blocked is wait, give-up or terminate, not \"" + word + "\"");
}

spec::Phase phase(const std::string& word) {
  if (word == "expand") return spec::Phase::kExpand;
  if (word == "all") return spec::Phase::kAll;
  wrong("--phase is expand or all, not \"" + word + "\"");
}

spec::TransactionScope transaction(const std::string& word) {
  if (word == "each") return spec::TransactionScope::kEach;
  if (word == "all") return spec::TransactionScope::kAll;
  wrong("--transaction is each or all, not \"" + word + "\"");
}

void read_backup(const Settings& settings, const RunFlags& flags, run::Request& request) {
  spec::Backup& backup = request.spec.backup;
  // A start script's BACKUP_BEFORE_MIGRATE (guides D3) says the same with yes and no.
  const std::string older = settings.older("BACKUP_BEFORE_MIGRATE");
  if (const std::string word = settings.value("backup", flags.backup); !word.empty()) {
    backup.mode = backup_mode(word);
  } else if (!older.empty()) {
    backup.mode = is_yes("BACKUP_BEFORE_MIGRATE", older) ? spec::BackupMode::kFull : spec::BackupMode::kNone;
  } else if (!settings.has_resource() && !request.backup_dir.empty()) {
    backup.mode = spec::BackupMode::kFull;
  }
  if (const std::string text = settings.value("keep", flags.keep); !text.empty()) {
    char* end = nullptr;
    backup.keep = static_cast<int>(std::strtol(text.c_str(), &end, 10));
    if (*end != '\0' || backup.keep < 0) wrong("--keep is a number of backups, 0 for all, not \"" + text + "\"");
  }
  const std::string accept = environment("SLUICE_ACCEPT_LOST_WRITES");
  if (flags.accept_lost_writes || is_yes("SLUICE_ACCEPT_LOST_WRITES", accept)) backup.accept_lost_writes = true;
}

void read_on_failure(const Settings& settings, const RunFlags& flags, run::Request& request) {
  const std::string older = settings.older("ALEMBIC_ROLLBACK_ON_FAIL");  // guides S11
  if (const std::string word = settings.value("on-failure", flags.on_failure); !word.empty()) {
    request.spec.on_failure = on_failure(word);
  } else if (is_yes("ALEMBIC_ROLLBACK_ON_FAIL", older)) {
    request.spec.on_failure = spec::OnFailure::kDowngrade;
  }
}

void read_apply(const Settings& settings, const RunFlags& flags, spec::Apply& apply) {
  if (const std::string word = settings.value("on-blocked", flags.on_blocked); !word.empty())
    apply.on_blocked = on_blocked(word);
  if (const std::string word = settings.value("transaction", flags.transaction); !word.empty())
    apply.transaction = transaction(word);
  if (const std::string text = settings.value("lock-wait", flags.lock_wait); !text.empty())
    apply.lock_wait = duration_of("--lock-wait", text);
  if (const std::string text = settings.value("lock-timeout", flags.lock_timeout); !text.empty())
    apply.lock_timeout = duration_of("--lock-timeout", text);
  if (const std::string text = settings.value("statement-timeout", flags.statement_timeout); !text.empty())
    apply.statement_timeout = duration_of("--statement-timeout", text);
}

/// "a,b" as the operator writes it.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream list(text);
  for (std::string each; std::getline(list, each, ',');) words.push_back(each);
  return words;
}

bool said(bool flag, std::string_view variable) {
  const std::string name(variable);
  return flag || is_yes(name, environment(name));
}

}  // namespace

void add_plan_flags(Command& command, RunFlags& flags) {
  command.heading("What to run");
  command.option("--phase", "PHASE", &flags.phase, "expand: hold back revisions of phase contract; all (SLUICE_PHASE)");
  command.option("--expect-digest", "HASH", &flags.expect_digest,
                 "end with 10 when the files' digest differs (SLUICE_EXPECT_DIGEST)");
  command.flag(
      "--trust-digest", &flags.trust_digest,
      "don't read the files where sluice.sum has their names and sizes and nothing changed (SLUICE_TRUST_DIGEST)");
}

void add_change_flags(Command& command, RunFlags& flags) {
  command.heading("How to run it");
  command.option("--transaction", "SCOPE", &flags.transaction, "each: one a revision; all: one for everything");
  command.option("--lock-wait", "TIME", &flags.lock_wait, "how long to wait for another run (10m)");
  command.option("--lock-timeout", "TIME", &flags.lock_timeout, "how long a statement waits for a table (5s)");
  command.option("--statement-timeout", "TIME", &flags.statement_timeout, "how long a statement may take (0s: no end)");
  command.option("--on-blocked", "WHAT", &flags.on_blocked,
                 "when others hold a table: wait (with retries), give-up, or terminate them");
  command.flag("--again", &flags.again, "also what failed or went back before with these very files (SLUICE_AGAIN)");
  command.option("--approved-plan", "HASH", &flags.approved_plan,
                 "end with 40 when the plan isn't this one (SLUICE_APPROVED_PLAN)");
  command.heading("Backup and going back");
  command.option("--backup", "MODE", &flags.backup,
                 "none, full or schema (SLUICE_BACKUP); full where --backup-dir is said");
  command.option("--keep", "N", &flags.keep, "backups to keep, 0: all (5)");
  command.option("--on-failure", "WHAT", &flags.on_failure, "stop, downgrade or restore (SLUICE_ON_FAILURE; stop)");
  command.flag("--accept-lost-writes", &flags.accept_lost_writes,
               "a restore may lose what others wrote since the backup");
}

run::Request request_of(const Settings& settings, const RunFlags& flags) {
  run::Request request = settings.request();
  if (const std::string target = settings.value("target", flags.target); !target.empty()) request.spec.target = target;
  if (const std::string word = settings.value("phase", flags.phase); !word.empty()) request.spec.phase = phase(word);
  request.expect_digest = settings.value("expect-digest", flags.expect_digest);
  request.approved_plan = settings.value("approved-plan", flags.approved_plan);
  request.again = said(flags.again, report::names::kEnvAgain);
  // Whoever asks again doubts what was said before.
  request.trust_digest_file = said(flags.trust_digest, report::names::kEnvTrustDigest) && !request.again;
  request.questions = split(environment(std::string(report::names::kEnvQuestions)));
  request.expect_answers = environment(std::string(report::names::kEnvExpectAnswers));
  request.init_container = said(flags.init_container, report::names::kEnvInitContainer);
  read_apply(settings, flags, request.spec.apply);
  read_backup(settings, flags, request);
  read_on_failure(settings, flags, request);
  return request;
}

void write_termination_log(const report::Result& result) {
  const std::string given = environment(std::string(report::names::kEnvTerminationLog));
  // The kubelet makes the file; anywhere else there is none, and none is made.
  const int flags = O_WRONLY | O_CLOEXEC | O_TRUNC | (given.empty() ? 0 : O_CREAT);
  const int file = ::open(given.empty() ? "/dev/termination-log" : given.c_str(), flags, 0644);
  if (file < 0) return;
  const std::string text = report::to_json(result);
  if (::write(file, text.data(), text.size()) < 0) std::perror("termination log");
  ::close(file);
}

}  // namespace cli
