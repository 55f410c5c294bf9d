#include "migrator/backup/backup.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "migrator/backup/metadata.h"
#include "migrator/backup/process.h"
#include "migrator/backup/tool.h"
#include "migrator/backup/writer.h"
#include "migrator/postgres/session.h"

namespace backup {
namespace {

constexpr report::ExitCode kBackupFailed = report::ExitCode::kBackupFailed;

/// A transaction that pg_dump shares: what is read in it is of the dump's own moment. It stays open beside pg_dump:
/// where both are lost, it is the server that went away.
struct Beside {
  postgres::Session session;
  std::string snapshot;
};

Beside open_beside(const postgres::Target& target, const Request& request) {
  postgres::Session session = postgres::Session::open(
      target, {.application_name = "sluice backup", .idle_forever = true, .cancelled = request.cancelled});
  session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0");
  std::string snapshot = session.query("SELECT pg_catalog.pg_export_snapshot()").at(0).at(0).value_or("");
  return {std::move(session), std::move(snapshot)};
}

std::vector<std::string> dump_arguments(const Tool& tool, const std::string& snapshot, const Request& request) {
  // Level 1: a backup is on the way of every release, and level 6 takes three times as long for a tenth less.
  std::vector<std::string> argv = {tool.path, "--format=custom", "--compress=1", "--no-password",
                                   "--snapshot=" + snapshot,
                                   "--lock-wait-timeout=" + std::to_string(request.lock_wait.count()),
                                   // What an unfinished restore intends (intent.h) isn't to be intended again.
                                   "--exclude-table=*.sluice_restore"};
  if (request.mode == spec::BackupMode::kSchema) argv.push_back("--schema-only");
  return argv;
}

[[noreturn]] void refuse(const std::string& doing, const std::string& why) {
  throw PermanentError(doing + ": " + why + "; nothing was changed", kBackupFailed);
}

bool is_there(postgres::Session& session) {
  try {
    session.query("SELECT 1");
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Throws why our own connection is refused, which tells a SQLSTATE as pg_dump doesn't; returns where it isn't.
void try_to_connect(const postgres::Target& target, const Request& request) {
  postgres::Session::open(target, {.application_name = "sluice backup", .cancelled = request.cancelled});
}

/// A server that restarts and a lock that somebody holds pass; all else needs a person.
[[noreturn]] void tell_failure(const Ended& ended, std::chrono::steady_clock::duration took, postgres::Session& session,
                               const postgres::Target& target, const Request& request) {
  const std::string doing = "back up " + target.describe();
  const std::string why = "pg_dump ended with " + std::to_string(ended.code) + ": " + explain(ended.error_text, target);
  const bool waited_in_vain = failed_at_a_lock(ended.error_text) && took >= request.lock_wait;
  if (waited_in_vain || lost_its_connection(ended.error_text) || !is_there(session))
    throw TransientError(doing + ": " + why + "; nothing was changed");
  if (could_not_connect(ended.error_text)) try_to_connect(target, request);
  refuse(doing, why);
}

void dump_into(Writer& writer, const Tool& tool, const postgres::Target& target, Beside& beside,
               const Request& request) {
  const auto started = std::chrono::steady_clock::now();
  const Ended ended = run_process(
      {.argv = dump_arguments(tool, beside.snapshot, request),
       .environment = tool_environment(beside.session.here(target), kBackupFailed)},
      [&](std::string_view bytes) {
        writer.write(bytes);
        if (request.progress) request.progress(writer.size_bytes());
      },
      request.cancelled);
  if (ended.cancelled)
    throw TransientError("the backup was cancelled; nothing was changed", report::ExitCode::kCancelled);
  if (ended.code != 0) tell_failure(ended, std::chrono::steady_clock::now() - started, beside.session, target, request);
}

/// Proves that pg_restore can read its table of contents (guides S1).
void verify(const std::string& path, const postgres::Target& target, const Request& request) {
  const Tool tool = find_tool("pg_restore", request.pg_bin, kBackupFailed);
  int lines = 0;
  const Ended ended = run_process(
      {.argv = {tool.path, "--list", path}, .environment = {{"LC_ALL", "C"}}},
      [&lines](std::string_view text) { lines += static_cast<int>(std::count(text.begin(), text.end(), '\n')); },
      request.cancelled);
  if (ended.code != 0 || lines == 0)
    refuse("verify the backup", "pg_restore can't read it: " + explain(ended.error_text, target));
}

void ensure_folder(const std::string& folder) {
  if (folder.empty()) refuse("back up", "no backup folder is given: name one with --backup-dir");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    refuse("make the backup folder " + folder, std::strerror(errno));
}

/// What the dump will take on disk, guessed low: it only refuses what can't fit.
std::int64_t estimate(const postgres::Target& target, const Request& request, std::int64_t database_size_bytes) {
  constexpr std::int64_t kEmptyDatabase = 8 * 1024 * 1024;  // catalogs, which a dump doesn't hold
  for (const Backup& earlier : list(request.folder))
    if (earlier.database == target.database() && earlier.ledger == request.ledger && earlier.mode == "full")
      return earlier.size_bytes;
  return std::max<std::int64_t>(16 * 1024, (database_size_bytes - kEmptyDatabase) / 20);
}

}  // namespace

std::string name_for(std::chrono::system_clock::time_point now, const std::string& database,
                     const std::vector<std::string>& heads) {
  return make_stem(now, database, heads) + kDumpSuffix;
}

Backup make(const postgres::Target& target, const Request& request) {
  ensure_folder(request.folder);
  const Tool tool = find_tool("pg_dump", request.pg_bin, kBackupFailed);
  Backup backup{.database = target.database(), .ledger = request.ledger, .run = request.run};
  backup.writes = request.writes;
  backup.mode = request.mode == spec::BackupMode::kSchema ? "schema" : "full";
  Beside beside = open_beside(target, request);
  backup.server_version = beside.session.dialect().server_version;
  backup.system_identifier = system_identifier(beside.session);
  refuse_newer_server(tool, backup.server_version, kBackupFailed);
  if (request.read_heads) backup.heads = request.read_heads(beside.session);
  remove_leftovers(request.folder);

  const auto now = std::chrono::system_clock::now();
  backup.created = rfc3339(now);
  Writer writer(request.folder, make_stem(now, backup.database, backup.heads));
  SLUICE_FAILPOINT("backup-started");
  dump_into(writer, tool, target, beside, request);
  if (request.verify == spec::BackupVerify::kList) verify(writer.partial_path(), target, request);
  writer.commit(backup);
  SLUICE_FAILPOINT("backup-done");
  logging::info("backup made", {{"file", backup.file}, {"size_bytes", backup.size_bytes}, {"sha256", backup.sha256}});
  return backup;
}

void check_possible(const postgres::Target& target, const Request& request, int server_version,
                    std::int64_t database_size_bytes) {
  refuse_newer_server(find_tool("pg_dump", request.pg_bin, kBackupFailed), server_version, kBackupFailed);
  if (request.verify == spec::BackupVerify::kList) find_tool("pg_restore", request.pg_bin, kBackupFailed);
  tool_environment(target, kBackupFailed);
  ensure_folder(request.folder);
  remove_leftovers(request.folder);
  Writer(request.folder, "preflight").write("x");
  struct statvfs room {};
  if (request.mode == spec::BackupMode::kSchema || ::statvfs(request.folder.c_str(), &room) != 0) return;
  const std::int64_t available = static_cast<std::int64_t>(room.f_bavail) * static_cast<std::int64_t>(room.f_frsize);
  const std::int64_t needed = estimate(target, request, database_size_bytes);
  if (available < needed)
    refuse("back up " + target.describe(),
           "the backup folder " + request.folder + " has room for " + std::to_string(available) +
               " bytes, and the backup needs about " + std::to_string(needed) +
               ": free space there, keep fewer backups (backup.keep), or give a larger volume");
}

}  // namespace backup
