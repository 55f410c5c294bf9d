#include "migrator/backup/play.h"

#include <algorithm>
#include <sstream>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "migrator/backup/dump_reader.h"
#include "migrator/backup/process.h"

namespace backup {
namespace {

constexpr report::ExitCode kPlayFailed = report::ExitCode::kNotWentBack;

void add_entry(const std::string& line, Contents& contents) {
  // "3341; 0 16385 TABLE DATA public t owner", "2; 3079 16384 EXTENSION - pgcrypto "
  if (line.empty() || line[0] == ';' || line.find("; ") == std::string::npos) return;
  ++contents.entries;
  std::stringstream words(line);
  std::string id, table, object, kind, second, name;
  words >> id >> table >> object >> kind >> second >> name;
  if (kind == "TABLE" && second == "DATA") ++contents.tables_with_rows;
  if (kind == "EXTENSION") contents.extensions.insert(name);
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

std::string default_heads_sql(postgres::ScriptPlayer& player, const std::string& ledger) {
  const std::size_t dot = ledger.find('.');
  if (dot == std::string::npos) return "";
  const std::string name =
      postgres::quote_identifier(ledger.substr(0, dot)) + "." + postgres::quote_identifier(ledger.substr(dot + 1));
  const postgres::Rows rows =
      player.query("SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(" +
                   postgres::quote_literal(name) + ") AND attname = 'version_num' AND NOT attisdropped");
  return rows.empty() ? "" : "SELECT version_num FROM " + name;
}

/// A backup that was made while a restore was unfinished may hold what that one intended: older versions' did.
void drop_intent_of_the_past(postgres::ScriptPlayer& player) {
  for (const postgres::Row& row :
       player.query("SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                    "ON n.oid = c.relnamespace WHERE c.relname = 'sluice_restore' AND c.relkind = 'r'")) {
    player.execute("DROP TABLE " + postgres::quote_identifier(row.at(0).value_or("")) + ".sluice_restore");
  }
}

}  // namespace

postgres::Settings restore_settings() {
  return {.application_name = "sluice restore", .die_with_client = true, .explicit_timeouts = true};
}

Contents read_contents(const Tool& pg_restore, const Backup& from, const postgres::Target& target) {
  std::string text;
  const Ended ended = run_process({.argv = {pg_restore.path, "--list", from.path()}, .environment = {{"LC_ALL", "C"}}},
                                  [&text](std::string_view piece) { text += piece; }, {});
  if (ended.code != 0)
    throw PermanentError("pg_restore can't read " + from.file + ": " + explain(ended.error_text, target), kPlayFailed);
  Contents contents;
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) add_entry(line, contents);
  return contents;
}

void play(const Tool& pg_restore, const RestoreRequest& request, const Contents& contents, Wrapping wrapping,
          postgres::ScriptPlayer& player, const std::function<bool(const std::string& statement)>& skip) {
  const bool knows_transaction_timeout = player.server_version() >= 170000;
  const bool one_transaction = wrapping == Wrapping::kOneTransaction;
  int tables = 0;
  DumpReader::Sink sink;
  sink.statement = [&](const std::string& statement) {
    if (!knows_transaction_timeout && statement.starts_with("SET transaction_timeout")) return;
    if (one_transaction && (statement == "BEGIN;" || statement == "COMMIT;")) return;
    if (skip && skip(statement)) return;
    player.execute(statement);
    SLUICE_FAILPOINT("restore-statement");
  };
  sink.begin_copy = [&](const std::string& statement) {
    const int percent = 100 * tables++ / std::max(contents.tables_with_rows, 1);
    if (request.progress) request.progress("restoring " + std::to_string(percent) + " %");
    player.begin_copy(statement);
  };
  sink.copy_data = [&](std::string_view rows) { player.copy_data(rows); };
  sink.end_copy = [&] {
    player.end_copy();
    SLUICE_FAILPOINT("restore-copied-table");
  };
  DumpReader reader(sink);
  // --single-transaction keeps pg_restore from opening a transaction for each large object.
  std::vector<std::string> argv = {pg_restore.path, "--file=-"};
  if (one_transaction) argv.insert(argv.end(), {"--single-transaction", "--no-subscriptions"});
  argv.push_back(request.from.path());
  const Ended ended = run_process(
      {.argv = argv, .environment = {{"LC_ALL", "C"}}}, [&reader](std::string_view piece) { reader.feed(piece); },
      request.cancelled);
  if (ended.cancelled) throw TransientError("cancelled", report::ExitCode::kCancelled);
  if (ended.code != 0)
    throw PermanentError(
        "pg_restore can't read " + request.from.file + ": " + explain(ended.error_text, postgres::Target()),
        kPlayFailed);
  reader.finish();
  player.reset_settings();
  drop_intent_of_the_past(player);
}

void analyze(postgres::ScriptPlayer& player) {
  try {
    player.execute("ANALYZE");
  } catch (const Error& error) {
    if (error.code == report::ExitCode::kCancelled) throw;
    logging::warning("the restored database was not analyzed", {{"why", error.what()}});
  }
}

std::vector<std::string> read_heads(postgres::ScriptPlayer& player, const RestoreRequest& request) {
  const std::string statement =
      request.heads_sql.empty() ? default_heads_sql(player, request.from.ledger) : request.heads_sql;
  std::vector<std::string> heads;
  if (statement.empty()) return heads;
  for (const postgres::Row& row : player.query(statement)) heads.push_back(row.at(0).value_or(""));
  return sorted(heads);
}

void compare_heads(const std::vector<std::string>& heads, const Backup& from) {
  if (from.ledger.empty() || sorted(heads) == sorted(from.heads)) return;
  throw PermanentError("what came back isn't what was backed up: the ledger " + from.ledger + " names " +
                           listed(heads) + ", the backup says " + listed(sorted(from.heads)),
                       kPlayFailed);
}

}  // namespace backup
