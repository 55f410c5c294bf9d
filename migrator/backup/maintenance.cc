#include "migrator/backup/maintenance.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/error.h"

namespace backup {
namespace {

constexpr std::chrono::milliseconds kPoll{50};

const char* word_of(SwapDatabase::Kind kind) {
  switch (kind) {
    case SwapDatabase::Kind::kBuilding:
      return "building";
    case SwapDatabase::Kind::kReady:
      return "ready";
    case SwapDatabase::Kind::kBefore:
      return "before";
  }
  return "building";
}

std::optional<SwapDatabase> parse_comment(const std::string& name, const std::string& comment) {
  const nlohmann::json document = nlohmann::json::parse(comment, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  SwapDatabase found{.name = name};
  try {
    const std::string word = document.at("sluice_restore").get<std::string>();
    if (word == "ready") found.kind = SwapDatabase::Kind::kReady;
    if (word == "before") found.kind = SwapDatabase::Kind::kBefore;
    found.of = document.at("of").get<std::string>();
    found.before = document.at("before").get<std::string>();
    found.run = document.at("run").get<std::string>();
    found.at = document.value("at", "");
    found.heads = document.value("heads", std::vector<std::string>());
    found.comment = document.value("comment", "");
    found.by_hand = document.value("by_hand", "");
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // somebody's own comment
  }
  return found;
}

}  // namespace

std::string to_comment(const SwapDatabase& database) {
  nlohmann::ordered_json document;
  document["sluice_restore"] = word_of(database.kind);
  document["of"] = database.of;
  document["before"] = database.before;
  document["run"] = database.run;
  document["at"] = database.at;
  document["heads"] = database.heads;
  document["comment"] = database.comment;
  document["by_hand"] = database.by_hand;
  return document.dump();
}

std::vector<SwapDatabase> swap_databases(postgres::Session& session, const std::string& database) {
  std::vector<SwapDatabase> result;
  const postgres::Rows rows = session.query(
      "SELECT datname, pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database "
      "WHERE pg_catalog.shobj_description(oid, 'pg_database') LIKE '{\"sluice_restore\":%' ORDER BY datname");
  for (const postgres::Row& row : rows) {
    const std::optional<SwapDatabase> found = parse_comment(row[0].value_or(""), row[1].value_or(""));
    if (found && found->of == database) result.push_back(*found);
  }
  return result;
}

postgres::Session open_maintenance(const postgres::Target& target, const std::string& database) {
  const postgres::Settings settings{
      .application_name = "sluice restore", .idle_forever = true, .explicit_timeouts = true};
  if (database == "postgres") return postgres::Session::open(target.with_database("template1"), settings);
  try {
    return postgres::Session::open(target.with_database("postgres"), settings);
  } catch (const TransientError& error) {
    if (error.code != report::ExitCode::kNotAllowed) throw;
    return postgres::Session::open(target.with_database("template1"), settings);
  }
}

std::int64_t restore_key(const std::string& database) {
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : "sluice restore " + database) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return static_cast<std::int64_t>(hash);
}

void take_restore_key(const std::function<postgres::Rows(const std::string&)>& query, const std::string& database,
                      const std::function<bool()>& cancelled) {
  const std::string statement = "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(restore_key(database)) + ")";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (query(statement).at(0)[0] != "t") {
    if (cancelled && cancelled()) throw TransientError("cancelled", report::ExitCode::kCancelled);
    if (std::chrono::steady_clock::now() > deadline)
      throw TransientError("another process is restoring database " + database);
    std::this_thread::sleep_for(kPoll);
  }
}

std::string fitted_name(const std::string& database, const std::string& suffix) {
  constexpr std::size_t kLongest = 63;
  std::string start = database.substr(0, kLongest - std::min(kLongest, suffix.size()));
  const bool cut = start.size() < database.size();
  while (cut && !start.empty() && (static_cast<unsigned char>(database[start.size()]) & 0xC0) == 0x80) start.pop_back();
  return (start + suffix).substr(0, kLongest);
}

int end_sessions(postgres::Session& session, const std::string& one, const std::string& other) {
  const std::vector<postgres::Value> names = {one, other};
  session.query(
      "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a "
      "LEFT JOIN pg_catalog.pg_roles theirs ON theirs.oid = a.usesysid "
      "JOIN pg_catalog.pg_roles ours ON ours.rolname = current_user "
      "WHERE a.datname IN ($1, $2) AND a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL "
      "AND (ours.rolsuper OR (NOT theirs.rolsuper AND (pg_catalog.pg_has_role(a.usesysid, 'MEMBER') "
      "OR pg_catalog.pg_has_role('pg_signal_backend', 'MEMBER'))))",
      names);
  const postgres::Rows left = session.query(
      "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname IN ($1, $2) AND "
      "pid <> pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL",
      names);
  return std::stoi(left.at(0)[0].value_or("0"));
}

void drop_database(postgres::Session& session, const std::string& name) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (end_sessions(session, name, name) > 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(kPoll);
  session.execute("DROP DATABASE IF EXISTS " + postgres::quote_identifier(name));
}

}  // namespace backup
