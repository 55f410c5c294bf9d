#include "migrator/backup/tool.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <set>
#include <sstream>

#include "common/error.h"
#include "common/executable.h"
#include "migrator/backup/process.h"

namespace backup {
namespace {

std::vector<std::string> folders_to_look_in(const std::string& folder) {
  if (!folder.empty()) return {folder};
  std::vector<std::string> folders;
  if (const std::string own = beside_executable(""); !own.empty()) folders.push_back(own);
  const char* path = std::getenv("PATH");
  std::stringstream list(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin");
  for (std::string item; std::getline(list, item, ':');)
    if (!item.empty()) folders.push_back(item);
  return folders;
}

/// "pg_dump (PostgreSQL) 17.2 (Debian …)" -> 17; 0: something else.
int major_of(const std::string& version_text) {
  const std::size_t at = version_text.find("(PostgreSQL) ");
  return at == std::string::npos ? 0 : std::atoi(version_text.c_str() + at + 13);
}

std::string replace_all(std::string text, const std::string& what, const std::string& with) {
  if (what.empty()) return text;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

bool has_one_of(const std::string& text, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&text](const char* each) { return text.find(each) != text.npos; });
}

}  // namespace

Tool find_tool(const std::string& name, const std::string& folder, report::ExitCode code) {
  std::string looked;
  for (const std::string& place : folders_to_look_in(folder)) {
    const std::string path = place + "/" + name;
    looked += (looked.empty() ? "" : ", ") + place;
    if (::access(path.c_str(), X_OK) != 0) continue;
    std::string printed;
    const Ended ended = run_process({.argv = {path, "--version"}, .environment = {{"LC_ALL", "C"}}},
                                    [&printed](std::string_view text) { printed += text; }, {});
    const int major = major_of(printed);
    if (ended.code != 0 || major == 0)
      throw PermanentError(path + " --version doesn't answer as PostgreSQL's " + name +
                               " does: give the folder of the client tools with --pg-bin",
                           code);
    return {.path = path, .major = major};
  }
  throw PermanentError(name + " is not in " + looked +
                           ": install PostgreSQL's client tools (or run `sluice install`), or name their folder with "
                           "--pg-bin",
                       code);
}

void refuse_newer_server(const Tool& tool, int server_version, report::ExitCode code) {
  const int server = server_version / 10000;
  if (server <= tool.major) return;
  throw PermanentError("the server is PostgreSQL " + std::to_string(server) + ", newer than " + tool.path + " (" +
                           std::to_string(tool.major) + "): name the folder of the client tools of version " +
                           std::to_string(server) + " with --pg-bin",
                       code);
}

std::vector<std::pair<std::string, std::string>> tool_environment(const postgres::Target& target,
                                                                  report::ExitCode code) {
  // They say only how soon a connection counts as dead, and what it is called.
  static const std::set<std::string> kDispensable = {"keepalives",       "keepalives_count",
                                                     "keepalives_idle",  "keepalives_interval",
                                                     "tcp_user_timeout", "fallback_application_name"};
  const postgres::Target::Environment given = target.environment();
  for (const std::string& keyword : given.unnamed) {
    if (kDispensable.count(keyword) != 0) continue;
    throw PermanentError("the database URL says " + keyword +
                             ", which PostgreSQL's client tools take from no environment variable, and where others "
                             "could read it they aren't given it: do without it for backups",
                         code);
  }
  std::vector<std::pair<std::string, std::string>> variables = given.variables;
  std::erase_if(variables,
                [](const auto& each) { return each.first == "PGAPPNAME" || each.first == "PGCLIENTENCODING"; });
  variables.insert(variables.end(), {{"LC_ALL", "C"}, {"PGAPPNAME", "sluice backup"}});
  return variables;
}

std::string explain(const std::string& error_text, const postgres::Target& target) {
  std::string result;
  std::stringstream lines(error_text);
  for (std::string line; std::getline(lines, line);) {
    const bool is_error = line.find("error:") != std::string::npos || line.find("ERROR:") != std::string::npos ||
                          line.find("FATAL:") != std::string::npos;
    if (is_error) result += (result.empty() ? "" : "; ") + line;
    if (result.size() > 600) break;
  }
  if (result.empty()) return "it gave no reason";
  const auto password = target.keywords().find("password");
  if (password != target.keywords().end()) result = replace_all(result, password->second, "***");
  return result.substr(0, 600);
}

bool lost_its_connection(const std::string& error_text) {
  return has_one_of(error_text,
                    {"server closed the connection unexpectedly", "SSL connection has been closed unexpectedly",
                     "SSL SYSCALL error", "could not receive data from server", "could not send data to server",
                     "no connection to the server", "connection not open"}) &&
         !could_not_connect(error_text);
}

bool could_not_connect(const std::string& error_text) {
  return has_one_of(error_text, {"error: connection to ", "could not connect to server"});
}

bool failed_at_a_lock(const std::string& error_text) { return has_one_of(error_text, {"uery was: LOCK TABLE"}); }

}  // namespace backup
