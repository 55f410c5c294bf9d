#include "migrator/journal/journal.h"

namespace journal {
namespace {

using postgres::quote_literal;

std::string time_or(const std::string& given, const std::string& otherwise) {
  return given.empty() ? otherwise : quote_literal(given) + "::pg_catalog.timestamptz";
}

std::string text_array(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quote_literal(text);
  return "ARRAY[" + list + "]::pg_catalog.text[]";
}

std::string null_if_empty(const std::string& text) { return text.empty() ? "NULL" : quote_literal(text); }

std::string who(const std::string& applied_by) {
  return applied_by.empty() ? "SESSION_USER" : quote_literal(applied_by);
}

constexpr const char* kNow = "pg_catalog.clock_timestamp()";

}  // namespace

Journal::Journal(std::string ledger_name, std::string ledger_schema)
    : ledger_name_(std::move(ledger_name)), ledger_schema_(std::move(ledger_schema)), schema_("sluice") {}

std::string Journal::schema_quoted() const { return postgres::quote_identifier(schema_); }

std::string Journal::start_run_sql(const Run& run) const {
  return "INSERT INTO " + schema_quoted() +
         ".sluice_run (run, ledger, digest, target, phase, heads, result, started_at, applied_by, tool_version, backup)"
         " VALUES (" +
         quote_literal(run.run) + ", " + quote_literal(ledger_name_) + ", " + quote_literal(run.digest) + ", " +
         quote_literal(run.target) + ", " + quote_literal(run.phase) + ", " + text_array(run.heads) + ", " +
         quote_literal(run.result.empty() ? "running" : run.result) + ", " + time_or(run.started_at, kNow) + ", " +
         who(run.applied_by) + ", " + quote_literal(run.tool_version) + ", " + null_if_empty(run.backup) + ");\n";
}

std::string Journal::finish_run_sql(const Run& run) const {
  return "UPDATE " + schema_quoted() + ".sluice_run SET digest = " + quote_literal(run.digest) +
         ", heads = " + text_array(run.heads) + ", result = " + quote_literal(run.result) +
         ", finished_at = " + time_or(run.finished_at, kNow) +
         (run.backup.empty() ? "" : ", backup = " + quote_literal(run.backup)) +
         ", exit_code = " + std::to_string(run.exit_code) + " WHERE run = " + quote_literal(run.run) +
         " AND ledger = " + quote_literal(ledger_name_) + ";\n";
}

std::string Journal::insert_sql(const Entry& entry) const {
  const bool running = entry.result == "running";
  // The row of a transactional step is written at its end: the transaction's start is the step's.
  const std::string started = running ? kNow : "pg_catalog.transaction_timestamp()";
  return "INSERT INTO " + schema_quoted() +
         ".sluice_journal (run, ledger, revision, direction, checksum, statements_total, statements_applied, result,"
         " error, started_at, finished_at, applied_by, tool_version, backup, applied_checksum, below, file) VALUES (" +
         quote_literal(entry.run) + ", " + quote_literal(ledger_name_) + ", " + quote_literal(entry.revision) + ", " +
         quote_literal(entry.direction) + ", " + quote_literal(entry.checksum) + ", " +
         std::to_string(entry.statements_total) + ", " + std::to_string(entry.statements_applied) + ", " +
         quote_literal(entry.result) + ", " + null_if_empty(entry.error) + ", " + time_or(entry.started_at, started) +
         ", " + (running ? "NULL" : time_or(entry.finished_at, kNow)) + ", " + who(entry.applied_by) + ", " +
         quote_literal(entry.tool_version) + ", " + null_if_empty(entry.backup) + ", " +
         null_if_empty(entry.applied_checksum) + ", " + (entry.below ? text_array(*entry.below) : "NULL") + ", " +
         null_if_empty(entry.file) + ");\n";
}

std::string Journal::update_sql(const Entry& entry) const {
  return "UPDATE " + schema_quoted() +
         ".sluice_journal SET statements_applied = " + std::to_string(entry.statements_applied) +
         (entry.applied_checksum.empty() ? "" : ", applied_checksum = " + quote_literal(entry.applied_checksum)) +
         ", result = " + quote_literal(entry.result) + ", error = " + null_if_empty(entry.error) +
         ", finished_at = " + (entry.result == "running" ? "NULL" : time_or(entry.finished_at, kNow)) +
         " WHERE ledger = " + quote_literal(ledger_name_) + " AND run = " + quote_literal(entry.run) +
         " AND revision = " + quote_literal(entry.revision) + " AND direction = " + quote_literal(entry.direction) +
         " AND result = 'running';\n";
}

std::string Journal::complete_ancestry_sql(const std::vector<Entry>& entries,
                                           const std::map<std::string, std::vector<std::string>>& below) const {
  std::map<std::string, std::string> values;
  for (const Entry& entry : entries) {
    const auto known = below.find(entry.revision);
    if (entry.below || known == below.end()) continue;
    values[entry.revision] = "(" + quote_literal(entry.revision) + ", " + text_array(known->second) + ")";
  }
  if (values.empty()) return {};
  std::string list;
  for (const auto& [revision, value] : values) list += (list.empty() ? "" : ", ") + value;
  return "UPDATE " + schema_quoted() + ".sluice_journal AS j SET below = v.below FROM (VALUES " + list +
         ") AS v (revision, below) WHERE j.ledger = " + quote_literal(ledger_name_) +
         " AND j.revision = v.revision AND j.below IS NULL;\n";
}

}  // namespace journal
