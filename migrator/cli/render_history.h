// migrator/cli/render_history.h: what the reading verbs print: history, heads, current, show (guides E1, E16).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "migrator/revisions/graph.h"

namespace cli {

enum class Output { kText, kJson };
enum class Detail { kBrief, kVerbose };

/// What the journal says of an applied revision; every field may be empty.
struct AppliedRecord {
  std::string at = {};  // time, as the journal has it
  std::string by = {};
  std::string checksum = {};  // of the script that ran
};

/// What a database is known to hold.
struct DatabaseState {
  std::vector<std::string> rows = {};                 // of the ledger
  std::map<std::string, AppliedRecord> applied = {};  // by revision id
};

// All pure; text ends with a line break unless it is empty, JSON is one object on one line. In JSON everything is there
// whatever the detail. `database` none: no database was asked, and nothing is marked as applied, pending or current.
// Rows that no file has are shown as such.

/// Newest first: "a1 -> a2 (head), add users". Verbose: a block for each, with docstring.
std::string render_history(const revisions::Graph&, const std::optional<DatabaseState>& database, Output, Detail);

/// The heads of the files; more than one is followed by what to do about it.
std::string render_heads(const revisions::Graph&, const std::optional<DatabaseState>& database, Output, Detail);

/// Where the database is, and how many revisions are pending.
std::string render_current(const revisions::Graph&, const DatabaseState& database, Output, Detail);

/// One block a revision. `ids`: as revisions::resolve() gives them.
std::string render_show(const revisions::Graph&, const std::vector<std::string>& ids,
                        const std::optional<DatabaseState>& database, Output);

}  // namespace cli
