// A database with one of everything, its backup, and what a bad migration makes of it.
#pragma once
#include <string>

#include "migrator/backup/restore.h"
#include "tests/support/postgres_server.h"

namespace backup {

/// One server, one application database "as of the backup", its backup, and copies of it "after the migration".
class RestoreWorld {
 public:
  /// The one all tests of a process share.
  static RestoreWorld& shared();

  /// A copy after the bad migration. Its URL (superuser).
  std::string migrated() const;
  /// The same, with everything in it owned by an ordinary role that has these attributes; URL as that role.
  std::string migrated_owned_by(const std::string& role, const std::string& attributes) const;
  const std::string& folder() const { return folder_.path(); }
  Backup backup() const { return list(folder()).at(0); }
  /// All that pg_dump says of the database as it was backed up, without what after_sql adds.
  const std::string& state_as_of_backup() const { return state_; }
  static std::string state(const std::string& url);
  std::string database_names_like(const std::string& url) const;

 private:
  RestoreWorld();
  support::TemporaryFolder folder_;
  std::string before_, after_, state_;
};

postgres::Target target_of(const std::string& url);

}  // namespace backup
