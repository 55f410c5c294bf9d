#include "migrator/postgres/message.h"

namespace postgres {

void Message::add(Part part, std::string_view sql, std::size_t step, const PlannedStatement* statement) {
  expected.push_back({part, step, statement, text.size()});
  text += sql;
  text += "\n;";
}

void Message::add_all(Part part, std::string_view statements, std::size_t step) {
  for (const sql::Statement& statement : sql::split(statements).statements) add(part, statement.text, step);
}

bool Message::has_file() const {
  for (const Expected& one : expected) {
    if (one.part == Part::kFile) return true;
  }
  return false;
}

void add_constraints(Message& message, std::size_t step, Part part) {
  message.add(part, "SET CONSTRAINTS ALL IMMEDIATE", step);
}

void add_reset(Message& message, std::size_t step) {
  for (const std::string_view sql :
       {"RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", "SET LOCAL search_path = pg_catalog, pg_temp"}) {
    message.add(Part::kReset, sql, step);
  }
}

void add_durability(Message& message, Durability durability, std::size_t step) {
  message.add(Part::kReset,
              durability == Durability::kAsynchronous
                  ? "SET LOCAL synchronous_commit = off"
                  : "SELECT CASE WHEN pg_catalog.current_setting('synchronous_commit') IN ('off', 'local') THEN"
                    " pg_catalog.set_config('synchronous_commit', 'on', true) END",
              step);
}

void add_after_reset(Message& message, const std::string& set_after_reset, std::int64_t key, std::size_t step) {
  // DISCARD ALL would do, but is refused inside a message of several statements.
  for (const std::string_view sql :
       {"CLOSE ALL", "DEALLOCATE ALL", "UNLISTEN *", "DISCARD TEMP", "DISCARD SEQUENCES"}) {
    message.add(Part::kAfterReset, sql, step);
  }
  if (!set_after_reset.empty()) message.add_all(Part::kAfterReset, set_after_reset, step);
  message.add(Part::kAfterReset, "SELECT pg_catalog.pg_advisory_unlock_all()", step);
  message.add(Part::kKey, "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(key) + ")", step);
}

}  // namespace postgres
