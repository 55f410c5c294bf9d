// migrator/backup/metadata.h: what stands beside a backup (FILE.json), and how backups are named.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "migrator/backup/backup.h"

namespace backup {

inline constexpr const char* kDumpSuffix = ".dump";
inline constexpr const char* kPartialPrefix = ".partial-";  // a backup in work: never listed

/// "20261121T101500Z_app_3f2a9c": time, database, heads; letters, digits, '-', '.', '+' and '_' only, at most 150 long.
/// No heads: "base".
std::string make_stem(std::chrono::system_clock::time_point, const std::string& database,
                      const std::vector<std::string>& heads);

/// "2026-11-21T10:15:00.123Z"
std::string rfc3339(std::chrono::system_clock::time_point);

std::string to_json(const Backup&);
/// none: not a metadata file of ours. `folder` and `file` are where it was found.
std::optional<Backup> parse_metadata(const std::string& text, const std::string& folder, const std::string& file);

/// Deletes partial files whose writer is gone (nobody holds their lock), and metadata without its dump.
void remove_leftovers(const std::string& folder);

}  // namespace backup
