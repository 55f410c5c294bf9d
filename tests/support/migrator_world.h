// tests/support/migrator_world.h: a database, a folder of migrations and the built `sluice`, for tests from outside.
#pragma once
#include <string>
#include <vector>

#include "tests/support/postgres_server.h"

namespace support {

class MigratorWorld {
 public:
  MigratorWorld() : MigratorWorld(PostgresServer::shared()) {}
  explicit MigratorWorld(PostgresServer& server) : server_(server), url_(server.new_database()) {}

  PostgresServer& server() const { return server_; }
  const std::string& url() const { return url_; }
  std::string migrations() const { return folder_.path() + "/db"; }
  std::string backups() const { return folder_.path() + "/backups"; }
  const std::string& folder() const { return folder_.path(); }

  /// A file in the folder of migrations.
  void file(const std::string& name, const std::string& text) const { folder_.write("db/" + name, text); }
  void remove(const std::string& name) const;
  /// NNN_name.up.sql and, unless empty, NNN_name.down.sql.
  void revision(int number, const std::string& up, const std::string& down = "") const;
  /// `count` revisions, each making table t<number>, with down scripts.
  void tables(int count) const;

  /// argv of `sluice VERB …` for this world; the URL goes by environment.
  std::vector<std::string> command(const std::vector<std::string>& words) const;
  std::vector<std::string> environment(const std::vector<std::string>& more = {}) const;
  /// Runs it to its end, JSON on stdout unless `words` say otherwise.
  Finished sluice(const std::vector<std::string>& words, const std::vector<std::string>& more = {}) const;

  std::string ask(const std::string& sql) const { return PostgresServer::psql(url_, sql); }
  /// The ledger's rows, sorted, comma-separated.
  std::string versions() const;
  /// Whether `sessions` of this database wait for an event of that name (pg_stat_activity: PgSleep, advisory); asks
  /// until they do.
  bool comes_to_wait(const std::string& event, int sessions = 1) const;
  std::string schema() const { return PostgresServer::schema(url_); }
  /// The journal's succeeded (revision, direction, checksum), sorted, each as often as it stands there: what must be
  /// the same with and without kills.
  std::string succeeded() const;

 private:
  PostgresServer& server_;
  std::string url_;
  TemporaryFolder folder_ = {};
};

/// `sluice VERB …` that stands at a failpoint once the constructor is done, until it is told to go on.
class PausedSluice {
 public:
  PausedSluice(const MigratorWorld&, const std::vector<std::string>& words, const std::string& failpoint,
               const std::vector<std::string>& more = {});
  void signal(int number) { program_.signal(number); }
  /// Goes on, to the end.
  Finished finish();

 private:
  std::string file_;
  Program program_;
};

/// The value of the last `"name":` in JSON lines, as written there without quotes; empty: none.
std::string last_value(const std::string& lines, const std::string& name);

}  // namespace support
