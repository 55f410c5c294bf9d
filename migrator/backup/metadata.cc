#include "migrator/backup/metadata.h"

#include <ctime>
#include <nlohmann/json.hpp>

namespace backup {
namespace {

std::string sanitised(const std::string& text, std::size_t longest) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '+' || (c == '.' && !result.empty());
    result += plain ? c : '-';
  }
  return result.substr(0, longest);
}

std::string format_time(std::chrono::system_clock::time_point time, const char* format) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

}  // namespace

std::string make_stem(std::chrono::system_clock::time_point time, const std::string& database,
                      const std::vector<std::string>& heads) {
  std::string revision;
  for (const std::string& head : heads) revision += (revision.empty() ? "" : "+") + head;
  if (revision.empty()) revision = "base";
  return format_time(time, "%Y%m%dT%H%M%SZ") + "_" + sanitised(database, 63) + "_" + sanitised(revision, 64);
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
  std::string digits = std::to_string(1000 + millis).substr(1);
  return format_time(time, "%Y-%m-%dT%H:%M:%S.") + digits + "Z";
}

std::string to_json(const Backup& backup) {
  nlohmann::ordered_json document;
  document["sluice_backup"] = 1;  // version of this shape
  document["file"] = backup.file;
  document["database"] = backup.database;
  document["ledger"] = backup.ledger;
  if (!backup.system_identifier.empty()) document["system_identifier"] = backup.system_identifier;
  document["heads"] = backup.heads;
  document["run"] = backup.run;
  document["created"] = backup.created;
  document["size_bytes"] = backup.size_bytes;
  document["sha256"] = backup.sha256;
  document["mode"] = backup.mode;
  document["server_version"] = backup.server_version;
  if (backup.writes) document["writes"] = *backup.writes;
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<Backup> parse_metadata(const std::string& text, const std::string& folder, const std::string& file) {
  const nlohmann::json document = nlohmann::json::parse(text, nullptr, false);
  if (!document.is_object() || document.value("sluice_backup", nlohmann::json()) != 1) return std::nullopt;
  Backup backup{.file = file, .folder = folder};
  try {
    backup.database = document.at("database").get<std::string>();
    backup.ledger = document.at("ledger").get<std::string>();
    backup.system_identifier = document.value("system_identifier", "");
    backup.heads = document.at("heads").get<std::vector<std::string>>();
    backup.run = document.at("run").get<std::string>();
    backup.created = document.at("created").get<std::string>();
    backup.size_bytes = document.at("size_bytes").get<std::int64_t>();
    backup.sha256 = document.at("sha256").get<std::string>();
    backup.mode = document.at("mode").get<std::string>();
    backup.server_version = document.at("server_version").get<int>();
    if (document.contains("writes")) backup.writes = document.at("writes").get<std::int64_t>();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // damaged: then it names no backup
  }
  return backup;
}

}  // namespace backup
