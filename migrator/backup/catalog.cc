// The folder as a catalogue: what is whole, what is left over, what is too old.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "common/error.h"
#include "common/log.h"
#include "migrator/backup/metadata.h"

namespace backup {
namespace {

std::vector<std::string> names_in(const std::string& folder) {
  DIR* opened = ::opendir(folder.c_str());
  if (opened == nullptr)
    throw PermanentError("can't read the backup folder " + folder + ": " + std::strerror(errno),
                         report::ExitCode::kBackupFailed);
  std::vector<std::string> names;
  for (const dirent* entry = ::readdir(opened); entry != nullptr; entry = ::readdir(opened))
    names.emplace_back(entry->d_name);
  ::closedir(opened);
  return names;
}

std::int64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

/// FILE.json -> the backup it describes; none: not ours.
std::optional<Backup> read_metadata(const std::string& folder, const std::string& json_name) {
  std::ifstream file(folder + "/" + json_name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string stem = json_name.substr(0, json_name.size() - 5);
  return parse_metadata(text.str(), folder, stem + kDumpSuffix);
}

std::string json_path(const Backup& backup) {
  return backup.folder + "/" + backup.file.substr(0, backup.file.size() - std::strlen(kDumpSuffix)) + ".json";
}

/// The dump goes first: metadata without a dump names nothing, a dump without metadata would be waste for ever.
void remove(const Backup& backup) {
  ::unlink(backup.path().c_str());
  ::unlink(json_path(backup).c_str());
}

/// A writer holds a lock on its partial file while it lives (writer.cc).
bool is_abandoned(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  const bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  return locked;
}

}  // namespace

std::vector<Backup> list(const std::string& folder) {
  std::vector<Backup> backups;
  for (const std::string& name : names_in(folder)) {
    if (name.starts_with(".") || !name.ends_with(".json")) continue;
    std::optional<Backup> found = read_metadata(folder, name);
    if (found && size_of(found->path()) == found->size_bytes) backups.push_back(*std::move(found));
  }
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    return a.created != b.created ? a.created > b.created : a.file > b.file;
  });
  return backups;
}

std::optional<Backup> find(const std::string& folder, const std::string& name) {
  const std::size_t slash = name.rfind('/');
  const std::string in_folder = slash == std::string::npos ? folder : name.substr(0, slash);
  const std::string file = slash == std::string::npos ? name : name.substr(slash + 1);
  const std::vector<Backup> backups = list(in_folder.empty() ? "/" : in_folder);
  for (const Backup& each : backups)
    if (each.file == file || each.file == file + kDumpSuffix) return each;
  for (const Backup& each : backups)
    if (!each.run.empty() && each.run == file) return each;
  return std::nullopt;
}

bool is_of(const Backup& backup, const Owner& owner) {
  const bool one_is_unknown = backup.system_identifier.empty() || owner.system_identifier.empty();
  return backup.database == owner.database && backup.ledger == owner.ledger &&
         (one_is_unknown || backup.system_identifier == owner.system_identifier);
}

std::optional<Backup> latest(const std::string& folder, const Owner& owner) {
  for (const Backup& each : list(folder))
    if (is_of(each, owner)) return each;
  return std::nullopt;
}

std::string system_identifier(postgres::Session& session) {
  const postgres::Rows may =
      session.query("SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')");
  if (may.at(0)[0] != "t") return {};
  return session.query("SELECT system_identifier FROM pg_catalog.pg_control_system()").at(0)[0].value_or("");
}

void remove_leftovers(const std::string& folder) {
  const std::vector<std::string> names = names_in(folder);
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    if (!name.starts_with(kPartialPrefix) || !is_abandoned(path)) continue;
    ::unlink(path.c_str());
    logging::info("leftover of a killed backup removed", {{"file", name}});
  }
  // Afterwards, since a folder lists its files in any order: metadata whose dump was a leftover goes as well.
  for (const std::string& name : names) {
    if (name.starts_with(".") || !name.ends_with(".json")) continue;
    const std::optional<Backup> described = read_metadata(folder, name);
    // Between its two renames a live writer has metadata and no dump yet: its lock file tells (writer.cc).
    const std::string partial = folder + "/" + kPartialPrefix + name.substr(0, name.size() - 5) + kDumpSuffix;
    if (described && size_of(partial) < 0 && size_of(described->path()) < 0) ::unlink((folder + "/" + name).c_str());
  }
}

void remove_beyond(const Backup& newest, int keep, const std::set<std::string>& needed) {
  if (keep <= 0) return;
  int seen = 0;
  const Owner owner{newest.database, newest.ledger, newest.system_identifier};
  for (const Backup& each : list(newest.folder)) {
    if (!is_of(each, owner) || each.mode != newest.mode || ++seen <= keep) continue;
    if (each.file == newest.file || needed.count(each.file) != 0) continue;
    remove(each);
    logging::info("old backup removed", {{"file", each.file}});
  }
}

}  // namespace backup
