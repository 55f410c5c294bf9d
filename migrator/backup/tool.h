// migrator/backup/tool.h: pg_dump and pg_restore: which ones, for which server, with which credentials.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "common/report/exit_code.h"
#include "migrator/postgres/target.h"

namespace backup {

struct Tool {
  std::string path = {};
  int major = 0;  // 17
};

/// Looks in `folder`, or where that is empty beside our own executable, then in PATH. Throws PermanentError(code)
/// saying where it looked, or that what it found doesn't answer --version.
Tool find_tool(const std::string& name, const std::string& folder, report::ExitCode code);

/// Throws PermanentError(code): pg_dump refuses a server newer than itself (run-protocol, Going back 4).
void refuse_newer_server(const Tool&, int server_version, report::ExitCode code);

/// libpq's environment for this target: the password is there and never in argv (guides S13). Throws
/// PermanentError(code) where the target says what libpq has no variable for, such as sslpassword.
std::vector<std::pair<std::string, std::string>> tool_environment(const postgres::Target&, report::ExitCode code);

/// What a tool printed on stderr, in one line for people: errors only, no DETAIL, no CONTEXT (they hold rows' values),
/// no password.
std::string explain(const std::string& error_text, const postgres::Target&);

// What its stderr says of why it failed. There is no SQLSTATE in it, and the server speaks any language: these look
// only at the words of pg_dump and libpq, which tool_environment() makes English.
bool lost_its_connection(const std::string& error_text);
bool could_not_connect(const std::string& error_text);
/// At a LOCK TABLE: not allowed to, or not in time.
bool failed_at_a_lock(const std::string& error_text);

}  // namespace backup
