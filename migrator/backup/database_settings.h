// migrator/backup/database_settings.h: what belongs to a database but isn't in a dump of it (run-protocol, Going back
// 2). Private to this folder.
#pragma once
#include <string>
#include <vector>

#include "migrator/postgres/session.h"

namespace backup {

/// CREATE DATABASE `name` from template0 with owner, encoding, locale and tablespace of `like`.
std::string create_like_sql(postgres::Session&, const std::string& like, const std::string& name);

/// Statements that give database `to` what `from` has: privileges, ALTER DATABASE SET, the settings of roles in it,
/// connection limit, template flag.
std::vector<std::string> copy_settings_sql(postgres::Session&, const std::string& from, const std::string& to);

/// "ALTER … SET name TO value" of one entry "name=value" of pg_db_role_setting. Lists (search_path…) are stored quoted
/// and must not be quoted as a whole.
std::string set_sql(const std::string& alter, const std::string& entry);

}  // namespace backup
