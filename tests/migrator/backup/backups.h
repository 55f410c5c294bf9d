// tests/migrator/backup/backups.h: a database with rows, and a folder for its backups.
#pragma once
#include <gmock/gmock.h>

#include <filesystem>

#include "common/error.h"
#include "migrator/backup/backup.h"
#include "tests/support/postgres_server.h"

namespace backup {

inline std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

class Backups : public testing::Test {
 protected:
  Backups() : url_(support::PostgresServer::shared().new_database()) {
    support::PostgresServer::psql(url_,
                                  "create table users (id int primary key, name text);"
                                  "insert into users select n, 'someone ' || n from generate_series(1, 1000) n");
    request_.folder = folder_.path() + "/backups";
    request_.read_heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
    request_.ledger = "public.alembic_version";
    request_.run = "run-1";
  }
  postgres::Target target() const { return postgres::Target::parse(url_); }
  std::string failure_of_make() {
    try {
      make(target(), request_);
    } catch (const PermanentError& error) {
      EXPECT_EQ(error.code, report::ExitCode::kBackupFailed);
      return error.what();
    }
    return "no failure";
  }
  /// A script that answers --version as this version does.
  std::string tools_of(const std::string& version) {
    for (const std::string name : {"pg_dump", "pg_restore"}) {
      const std::string script = folder_.write(
          "tools/" + name, "#!/bin/sh\necho \"" + name + " (PostgreSQL) " + version + "\"\ntest \"$1\" = --version\n");
      std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    }
    return folder_.path() + "/tools";
  }

  std::string url_;
  support::TemporaryFolder folder_;
  Request request_;
};

}  // namespace backup
