// Which backup `sluice restore` takes: never another database's by mistake (guides S2, S3). Several databases may share
// a folder of backups.
#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

class SharedFolder : public testing::Test {
 protected:
  SharedFolder() {
    for (const MigratorWorld* each : {&ours_, &other_}) {
      each->tables(1);
      EXPECT_EQ(each->sluice({"upgrade"}).code, 0);
    }
    ours_.ask("INSERT INTO t1 VALUES (7, 'ours')");
    other_.ask("INSERT INTO t1 VALUES (7, 'the other''s')");
  }
  /// Of a world, into the folder of ours. Its file's name.
  std::string back_up(const MigratorWorld& world) const {
    const Finished made = world.sluice({"backup", "--backup-dir", ours_.backups()});
    EXPECT_EQ(made.code, 0) << made.out << made.err;
    return last_value(made.out, "file");
  }
  Finished restore(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"restore", "--backup-dir", ours_.backups(), "--yes"};
    all.insert(all.end(), words.begin(), words.end());
    return ours_.sluice(all);
  }
  /// As if it had been made of a database of the same name on another server.
  void move_to_another_server(const std::string& file) const {
    const std::string json = ours_.backups() + "/" + file.substr(0, file.size() - 5) + ".json";
    const std::string here = ours_.ask("SELECT system_identifier FROM pg_control_system()");
    ASSERT_EQ(support::run_program({"grep", "-q", "\"system_identifier\": \"" + here + "\"", json}).code, 0);
    ASSERT_EQ(support::run_program({"sed", "-i", "s/" + here + "/17/", json}).code, 0);
  }
  bool is_there(const std::string& file) const { return std::filesystem::exists(ours_.backups() + "/" + file); }
  std::string row() const { return ours_.ask("SELECT note FROM t1 WHERE id = 7"); }
  const MigratorWorld ours_ = {}, other_ = {};
};

}  // namespace

TEST_F(SharedFolder, LatestIsThisDatabasesOwn) {
  back_up(ours_);
  back_up(other_);
  ours_.ask("UPDATE t1 SET note = 'later'");
  const Finished restored = restore({"latest"});
  EXPECT_EQ(restored.code, 0) << restored.out;
  EXPECT_EQ(row(), "ours");
}

// Staging's and production's database often have the same name.
TEST_F(SharedFolder, LatestIsOfThisServer) {
  back_up(ours_);
  ours_.ask("UPDATE t1 SET note = 'later'");
  const std::string other = back_up(ours_);
  move_to_another_server(other);
  EXPECT_EQ(restore({"latest"}).code, 0);
  EXPECT_EQ(row(), "ours");
  const Finished refused = restore({other});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_THAT(last_value(refused.out, "message"), HasSubstr("on another server"));
  const Finished copied = restore({other, "--from-other-database"});
  EXPECT_EQ(copied.code, 0) << copied.out;
  EXPECT_EQ(row(), "later");
}

TEST_F(SharedFolder, KeepCountsEachServerApart) {
  const std::string other = back_up(ours_), old = back_up(ours_);
  move_to_another_server(other);
  EXPECT_EQ(ours_.sluice({"backup", "--backup-dir", ours_.backups(), "--keep", "1"}).code, 0);
  EXPECT_TRUE(is_there(other));
  EXPECT_FALSE(is_there(old));
}

TEST_F(SharedFolder, ABackupThatNamesNoServerIsTakenByName) {
  const std::string file = back_up(ours_);
  const std::string metadata = ours_.backups() + "/" + file.substr(0, file.size() - 5) + ".json";
  ASSERT_EQ(support::run_program({"sed", "-i", "/system_identifier/d", metadata}).code, 0);
  ours_.ask("UPDATE t1 SET note = 'later'");
  EXPECT_EQ(restore({"latest"}).code, 0);
  EXPECT_EQ(row(), "ours");
}

TEST_F(SharedFolder, WithoutABackupOfThisDatabaseSaysWhatThereIs) {
  const std::string file = back_up(other_);
  const Finished refused = restore({"latest"});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_THAT(last_value(refused.out, "message"), HasSubstr("there is " + file + " of database"));
  EXPECT_EQ(row(), "ours");
}

TEST_F(SharedFolder, LatestIsOfThisLedger) {
  EXPECT_EQ(ours_.sluice({"backup", "--backup-dir", ours_.backups(), "--ledger", "public.others"}).code, 0);
  EXPECT_EQ(restore({"latest"}).code, 2);
}

TEST_F(SharedFolder, RefusesAnothersBackupThatIsNamed) {
  const std::string file = back_up(other_);
  const Finished refused = restore({file});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_THAT(last_value(refused.out, "message"), HasSubstr("--from-other-database"));
  EXPECT_EQ(row(), "ours");
}

// A copy of production for staging.
TEST_F(SharedFolder, TakesAnothersBackupWhereThatIsSaid) {
  const Finished copied = restore({back_up(other_), "--from-other-database"});
  EXPECT_EQ(copied.code, 0) << copied.out;
  EXPECT_EQ(row(), "the other's");
}

TEST_F(SharedFolder, NamesTheLedgerOfABackupThatHasAnother) {
  const Finished made = ours_.sluice({"backup", "--backup-dir", ours_.backups(), "--ledger", "public.others"});
  const Finished refused = restore({last_value(made.out, "file")});
  EXPECT_EQ(refused.code, 2) << refused.out;
  EXPECT_THAT(last_value(refused.out, "message"), HasSubstr("say --ledger public.others"));
}
