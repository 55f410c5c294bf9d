// migrator/postgres/advisory.h: how an advisory key looks in pg_locks (PostgreSQL manual, pg_locks: "bigint keys").
// Private to this folder.
#pragma once
#include <cstdint>
#include <string>

namespace postgres {

/// The oid of the database that a session is in. A session never changes it: where it is asked for again and again, the
/// number itself saves the server half of that work.
inline const std::string kDatabaseSql =
    "(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())";

/// The condition that row `alias` of pg_locks is this 64-bit key in this database (an expression, or its number).
inline std::string holds_key_sql(const std::string& alias, std::int64_t key,
                                 const std::string& database = kDatabaseSql) {
  const std::uint64_t bits = static_cast<std::uint64_t>(key);
  return alias + ".locktype = 'advisory' AND " + alias + ".objsubid = 1 AND " + alias +
         ".classid = " + std::to_string(bits >> 32) + " AND " + alias +
         ".objid = " + std::to_string(bits & 0xffffffffU) + " AND " + alias + ".database = " + database;
}

}  // namespace postgres
