// migrator/postgres/target.h: which database, with credentials that never leave this type.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace postgres {

/// libpq keywords and values. Understands postgresql://, postgres://, postgresql+asyncpg://, postgresql+psycopg2://,
/// and key=value strings; SQLAlchemy's own query parameters (ssl=, prepared_statement_cache_size…) are translated or
/// dropped.
class Target {
 public:
  /// Throws PermanentError(kUsage) without echoing the URL.
  static Target parse(const std::string& url);
  /// libpq's own PG* environment.
  static Target from_environment();

  /// For libpq. Holds the password: never log it, never put it in argv.
  const std::map<std::string, std::string>& keywords() const { return keywords_; }
  Target with_database(const std::string& name) const;
  Target with(const std::string& keyword, const std::string& value) const;
  std::string database() const;
  /// The same for other programs of PostgreSQL, as libpq's environment variables; `unnamed`: keywords that have none.
  struct Environment {
    std::vector<std::pair<std::string, std::string>> variables = {};
    std::vector<std::string> unnamed = {};
  };
  Environment environment() const;
  /// "host:port/db as user", without password, for messages.
  std::string describe() const;

 private:
  std::map<std::string, std::string> keywords_;
};

}  // namespace postgres
