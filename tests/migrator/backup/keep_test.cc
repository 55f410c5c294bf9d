// Which backups stay when there are more than wanted (spec.backup.keep; guides S13).
#include "tests/migrator/backup/backups.h"

namespace backup {
namespace {

using ::testing::SizeIs;

TEST_F(Backups, BeyondTheNumberToKeepAreDeletedOldestFirst) {
  const std::string first = make(target(), request_).file;
  make(target(), request_);
  remove_beyond(make(target(), request_), 2, {});
  EXPECT_THAT(list(request_.folder), SizeIs(2));
  EXPECT_FALSE(find(request_.folder, first).has_value());
  EXPECT_THAT(names_in(request_.folder), SizeIs(4));
}

TEST_F(Backups, OfAnotherDatabaseDoNotCountAgainstTheNumberToKeep) {
  make(target(), request_);
  const std::string other = support::PostgresServer::shared().new_database();
  remove_beyond(make(postgres::Target::parse(other), request_), 1, {});
  EXPECT_THAT(list(request_.folder), SizeIs(2));
}

TEST_F(Backups, ThatAreNeededStayBeyondTheNumberToKeep) {
  const Backup first = make(target(), request_);
  const Backup second = make(target(), request_);
  remove_beyond(make(target(), request_), 1, {first.file});
  EXPECT_TRUE(find(request_.folder, first.file).has_value());
  EXPECT_FALSE(find(request_.folder, second.file).has_value());
}

TEST_F(Backups, WithoutRowsDoNotPushOutThoseThatCanBeRestored) {
  const std::string full = make(target(), request_).file;
  request_.mode = spec::BackupMode::kSchema;
  make(target(), request_);
  remove_beyond(make(target(), request_), 1, {});
  EXPECT_THAT(list(request_.folder), SizeIs(2));
  EXPECT_TRUE(find(request_.folder, full).has_value());
}

}  // namespace
}  // namespace backup
