// tests/support/postgres_server.h: a real PostgreSQL for tests: a throwaway cluster, and databases in it.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace support {

/// One running server in a temporary folder, Unix socket and TCP on a free port of 127.0.0.1, trust for role `postgres`
/// on the socket, SCRAM over TCP. Runs as the system user `postgres` where the tests run as root.
class PostgresServer {
 public:
  /// The server all tests of a process share; started at first use (initdb result is cached), stopped at exit.
  static PostgresServer& shared();
  /// A server of its own, for tests that stop, kill or reconfigure it. `settings`: lines for postgresql.conf;
  /// "ssl = on" also makes a certificate (data_folder()/server.crt, for localhost and 127.0.0.1).
  static std::unique_ptr<PostgresServer> start(const std::vector<std::string>& settings = {});
  ~PostgresServer();

  /// An empty database of its own for one test; the name is unique. Returns its URL (superuser, by Unix socket).
  std::string new_database();
  /// The same database over TCP as another role with this password (created with LOGIN, owner of nothing).
  std::string url_as(const std::string& url, const std::string& role, const std::string& password);
  std::string url(const std::string& database) const;
  int port() const;
  std::string socket_folder() const;
  std::string data_folder() const;

  void stop_immediate();  // pg_ctl -m immediate
  void restart();
  /// psql -X -v ON_ERROR_STOP=1 on this URL; returns stdout; throws with stderr when it fails.
  static std::string psql(const std::string& url, const std::string& sql);
  static void psql_file(const std::string& url, const std::string& file);
  /// pg_dump --schema-only with noise (comments, \restrict) removed, leaving out schema `sluice` and `without` tables:
  /// to compare schemas.
  static std::string schema(const std::string& url, const std::vector<std::string>& without = {"alembic_version"});

 private:
  struct Impl;
  explicit PostgresServer(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl_;
};

/// kMemory: a file system in memory where there is one with room, for data only: programs may not run from it.
enum class Place { kDisk, kMemory };

/// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder() : TemporaryFolder(Place::kDisk) {}
  explicit TemporaryFolder(Place);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  /// Writes a file below it (folders made); returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

/// A finished program: exit code (128 + signal when killed), what it printed.
struct Finished {
  int code = 0;
  std::string out = {}, err = {};
};
/// Runs a program with extra environment variables (NAME=VALUE), waits for it.
Finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});

/// A program in the background; killed when destroyed, and when the thread that started it ends.
class Program {
 public:
  Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment = {});
  ~Program();
  void signal(int number);
  Finished wait();
  bool is_running();
  int pid() const { return pid_; }
  /// Waits until stdout so far holds `text` (true), or the program ends or 60 s pass (false).
  bool wait_for_output(const std::string& text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  int pid_ = 0;
};

/// Polls until `condition` holds (true) or `seconds` pass (false). The one place in the tests that waits.
bool eventually(const std::function<bool()>& condition, int seconds = 60);

/// The built binaries of this build: "sluice", "sluice-operator".
std::string binary(const std::string& name);

}  // namespace support
