#include <set>

#include "migrator/journal/heads_text.h"
#include "migrator/journal/journal.h"

namespace journal {
namespace {

int number(const postgres::Value& value) { return value ? std::stoi(*value) : -1; }

Entry entry_of(const postgres::Row& row) {
  Entry entry;
  entry.id = std::stoll(row[0].value_or("0"));
  entry.run = row[1].value_or("");
  entry.ledger = row[2].value_or("");
  entry.revision = row[3].value_or("");
  entry.direction = row[4].value_or("");
  entry.checksum = row[5].value_or("");
  entry.statements_total = number(row[6]);
  entry.statements_applied = number(row[7]);
  entry.result = row[8].value_or("");
  entry.error = row[9].value_or("");
  entry.started_at = row[10].value_or("");
  entry.finished_at = row[11].value_or("");
  entry.applied_by = row[12].value_or("");
  entry.tool_version = row[13].value_or("");
  entry.backup = row[14].value_or("");
  entry.applied_checksum = row[15].value_or("");
  if (row[16]) entry.below = split_heads(*row[16]);
  entry.file = row[17].value_or("");
  return entry;
}

// RFC 3339 in UTC, whatever the session's TimeZone and DateStyle.
std::string time_sql(const std::string& column) {
  return "pg_catalog.to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
}

Run run_of(const postgres::Row& row) {
  Run run;
  run.run = row[0].value_or("");
  run.ledger = row[1].value_or("");
  run.digest = row[2].value_or("");
  run.target = row[3].value_or("");
  run.phase = row[4].value_or("");
  run.heads = split_heads(row[5].value_or(""));
  run.result = row[6].value_or("");
  run.exit_code = number(row[7]);
  run.started_at = row[8].value_or("");
  run.finished_at = row[9].value_or("");
  run.applied_by = row[10].value_or("");
  run.tool_version = row[11].value_or("");
  run.backup = row[12].value_or("");
  return run;
}

constexpr const char* kRestore = "restore";

std::vector<Entry> without_undone(const std::vector<Entry>& entries) {
  std::set<std::pair<std::string, std::string>> undone;
  for (const Entry& entry : entries) {
    if (entry.direction == kRestore) undone.emplace(entry.run, entry.revision);
  }
  std::vector<Entry> left;
  for (const Entry& entry : entries) {
    if (entry.direction == kRestore) continue;
    if (is_step(entry) && undone.count({entry.run, entry.revision}) != 0) continue;
    left.push_back(entry);
  }
  return left;
}

}  // namespace

bool is_step(const Entry& entry) {
  return (entry.direction == "up" || entry.direction == "down") && entry.applied_by != kTheLedger;
}

std::string Journal::undone_sql(const std::vector<Entry>& entries) const {
  std::string sql;
  std::set<std::pair<std::string, std::string>> told;
  for (Entry entry : entries) {
    if (!is_step(entry) || !told.emplace(entry.run, entry.revision).second) continue;
    entry.direction = kRestore;
    entry.result = "succeeded";
    entry.error.clear();
    entry.applied_checksum.clear();
    entry.started_at.clear();
    entry.finished_at.clear();
    sql += insert_sql(entry);
  }
  return sql;
}

std::vector<Entry> Journal::entries(postgres::Session& session) const {
  std::vector<Entry> entries;
  for (const postgres::Row& row :
       session.query("SELECT id, run, ledger, revision, direction, checksum, statements_total, statements_applied,"
                     " result, error, " +
                     time_sql("started_at") + ", " + time_sql("finished_at") +
                     ", applied_by, tool_version, backup, applied_checksum, " +
                     (has_ancestry_ ? join_heads_sql("below") : "NULL") + (has_file_ ? ", file" : ", NULL") + " FROM " +
                     schema_quoted() + ".sluice_journal WHERE ledger = " + postgres::quote_literal(ledger_name_) +
                     " ORDER BY id")) {
    entries.push_back(entry_of(row));
  }
  return without_undone(entries);
}

std::vector<Run> Journal::runs(postgres::Session& session, int newest) const {
  std::vector<Run> runs;
  for (const postgres::Row& row : session.query(
           "SELECT run, ledger, digest, target, phase, " + join_heads_sql("heads") + ", result, exit_code, " +
           time_sql("started_at") + ", " + time_sql("finished_at") + ", applied_by, tool_version, backup FROM " +
           schema_quoted() + ".sluice_run WHERE ledger = " + postgres::quote_literal(ledger_name_) +
           " ORDER BY id DESC LIMIT " + std::to_string(newest))) {
    runs.push_back(run_of(row));
  }
  return runs;
}

std::map<std::string, std::vector<std::string>> Journal::ancestry(postgres::Session& session) const {
  std::map<std::string, std::vector<std::string>> below;
  if (!has_ancestry_) return below;
  for (const postgres::Row& row :
       session.query("SELECT DISTINCT ON (revision) revision, " + join_heads_sql("below") + " FROM " + schema_quoted() +
                     ".sluice_journal WHERE ledger = " + postgres::quote_literal(ledger_name_) +
                     " AND below IS NOT NULL ORDER BY revision, id DESC")) {
    below[row[0].value_or("")] = split_heads(row[1].value_or(""));
  }
  return below;
}

}  // namespace journal
