#include "migrator/backup/database_settings.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace backup {
namespace {

using postgres::quote_identifier;
using postgres::quote_literal;
using postgres::Row;
using postgres::Rows;

/// The parameters whose value is a list of quoted names (GUC_LIST_QUOTE; the same list as in pg_dump).
bool is_quoted_list(const std::string& name) {
  constexpr std::array<std::string_view, 6> kNames = {"local_preload_libraries",   "search_path",
                                                      "session_preload_libraries", "shared_preload_libraries",
                                                      "temp_tablespaces",          "unix_socket_directories"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

/// `"$user", public` -> 'each', 'as', 'literal'
std::string list_as_literals(const std::string& list) {
  std::string result, item;
  bool quoted = false;
  const auto add = [&] {
    result += (result.empty() ? "" : ", ") + quote_literal(item);
    item.clear();
  };
  for (std::size_t at = 0; at < list.size(); ++at) {
    const char c = list[at];
    if (c == '"' && quoted && at + 1 < list.size() && list[at + 1] == '"') {
      item += '"';
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      add();
    } else if (quoted || c != ' ') {
      item += c;
    }
  }
  add();
  return result;
}

std::string text(const Row& row, std::size_t column) { return row.at(column).value_or(""); }

std::vector<std::string> privileges_sql(postgres::Session& session, const std::string& from, const std::string& to) {
  const Rows rows = session.query(
      "SELECT coalesce(grantee.rolname, ''), a.privilege_type, a.is_grantable, owner.rolname "
      "FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles owner ON owner.oid = d.datdba "
      "CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) a LEFT JOIN pg_catalog.pg_roles grantee ON grantee.oid = "
      "a.grantee WHERE d.datname = $1 AND (a.grantee = 0 OR grantee.rolname IS NOT NULL)",
      {from});
  const Rows has_list = session.query(
      "SELECT r.rolname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba "
      "WHERE d.datname = $1 AND d.datacl IS NOT NULL",
      {from});
  if (has_list.empty()) return {};  // the default privileges, which a new database has too
  const std::string on = " ON DATABASE " + quote_identifier(to);
  std::vector<std::string> statements = {"REVOKE ALL" + on + " FROM PUBLIC",
                                         "REVOKE ALL" + on + " FROM " + quote_identifier(text(has_list[0], 0))};
  for (const Row& row : rows) {
    const std::string grantee = text(row, 0).empty() ? "PUBLIC" : quote_identifier(text(row, 0));
    statements.push_back("GRANT " + text(row, 1) + on + " TO " + grantee +
                         (text(row, 2) == "t" ? " WITH GRANT OPTION" : ""));
  }
  return statements;
}

}  // namespace

std::string set_sql(const std::string& alter, const std::string& entry) {
  const std::size_t equals = entry.find('=');
  const std::string name = entry.substr(0, equals);
  const std::string value = equals == std::string::npos ? "" : entry.substr(equals + 1);
  std::string quoted_name;  // an extension's own parameter: "extension.parameter"
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t dot = std::min(name.find('.', start), name.size());
    quoted_name += (quoted_name.empty() ? "" : ".") + quote_identifier(name.substr(start, dot - start));
    start = dot + 1;
  }
  return alter + " SET " + quoted_name + " TO " +
         (is_quoted_list(name) ? list_as_literals(value) : quote_literal(value));
}

std::string create_like_sql(postgres::Session& session, const std::string& like, const std::string& name) {
  // Columns differ by version (datlocprovider 15, daticurules 16, datlocale 17): all go through one JSON document.
  const Rows rows = session.query(
      "SELECT j ->> 'o', pg_catalog.pg_encoding_to_char((j ->> 'encoding')::int), j ->> 'datcollate', j ->> "
      "'datctype', "
      "coalesce(j ->> 'datlocprovider', 'c'), coalesce(j ->> 'datlocale', j ->> 'daticulocale', ''), "
      "coalesce(j ->> 'daticurules', ''), j ->> 't' FROM (SELECT pg_catalog.to_jsonb(d) || "
      "pg_catalog.jsonb_build_object('o', r.rolname, 't', t.spcname) AS j FROM pg_catalog.pg_database d "
      "JOIN pg_catalog.pg_roles r ON r.oid = d.datdba JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace "
      "WHERE d.datname = $1) AS one",
      {like});
  const Row& row = rows.at(0);
  std::string sql = "CREATE DATABASE " + quote_identifier(name) + " TEMPLATE template0 OWNER " +
                    quote_identifier(text(row, 0)) + " ENCODING " + quote_literal(text(row, 1)) + " LC_COLLATE " +
                    quote_literal(text(row, 2)) + " LC_CTYPE " + quote_literal(text(row, 3));
  if (text(row, 4) == "i") sql += " LOCALE_PROVIDER icu ICU_LOCALE " + quote_literal(text(row, 5));
  if (text(row, 4) == "b") sql += " LOCALE_PROVIDER builtin BUILTIN_LOCALE " + quote_literal(text(row, 5));
  if (!text(row, 6).empty()) sql += " ICU_RULES " + quote_literal(text(row, 6));
  if (text(row, 7) != "pg_default") sql += " TABLESPACE " + quote_identifier(text(row, 7));
  return sql;
}

std::vector<std::string> copy_settings_sql(postgres::Session& session, const std::string& from, const std::string& to) {
  std::vector<std::string> statements = privileges_sql(session, from, to);
  const std::string database = quote_identifier(to);
  const Rows settings = session.query(
      "SELECT coalesce(r.rolname, ''), entry FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d "
      "ON d.oid = s.setdatabase LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole "
      "CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) entry WHERE d.datname = $1",
      {from});
  for (const Row& row : settings) {
    const std::string alter = text(row, 0).empty()
                                  ? "ALTER DATABASE " + database
                                  : "ALTER ROLE " + quote_identifier(text(row, 0)) + " IN DATABASE " + database;
    statements.push_back(set_sql(alter, text(row, 1)));
  }
  const Rows limits =
      session.query("SELECT datconnlimit, datistemplate FROM pg_catalog.pg_database WHERE datname = $1", {from});
  if (text(limits.at(0), 0) != "-1")
    statements.push_back("ALTER DATABASE " + database + " CONNECTION LIMIT " + text(limits[0], 0));
  if (text(limits[0], 1) == "t") statements.push_back("ALTER DATABASE " + database + " IS_TEMPLATE true");
  return statements;
}

}  // namespace backup
