// What a restore undid is as if it had never been, whatever the journal still tells of it (run-protocol, Going back 1).
#include <gtest/gtest.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;

namespace {

class AfterRestore : public testing::Test {
 protected:
  AfterRestore() {
    world_.revision(1,
                    "CREATE TABLE t (id int, dup int); INSERT INTO t VALUES (1, 1), (2, 1); CREATE TABLE log (x int);");
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
  }
  std::vector<std::string> restoring(std::vector<std::string> words) const {
    for (const char* const word : {"--on-failure", "restore", "--accept-lost-writes", "--backup-dir"})
      words.emplace_back(word);
    words.push_back(world_.backups());
    return words;
  }
  /// Its second statement fails while t has duplicates.
  void revision_in_two_parts(const std::string& first) const {
    world_.revision(2, "-- transaction: off\n" + first + ";\nCREATE UNIQUE INDEX CONCURRENTLY u ON t (dup);\n");
  }
  void mend_the_data() const { world_.ask("UPDATE t SET dup = id"); }
  const MigratorWorld world_ = {};
};

}  // namespace

TEST_F(AfterRestore, AHalfDoneStepBeginsAtItsFirstStatement) {
  revision_in_two_parts("ALTER TABLE t ADD c int");
  const Finished failed = world_.sluice(restoring({"run"}));
  ASSERT_EQ(failed.code, 30) << failed.out << failed.err;
  ASSERT_EQ(world_.ask("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c'"), "0");
  mend_the_data();
  const Finished again = world_.sluice(restoring({"run", "--again"}));
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(world_.ask("SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c'"), "1");
}

// The backup is of a half-done step, and so is the database after it was put back.
TEST_F(AfterRestore, AStepThatWasHalfDoneBeforeTheBackupGoesOnBehindWhatItDid) {
  revision_in_two_parts("INSERT INTO log VALUES (1)");
  ASSERT_EQ(world_.sluice({"upgrade"}).code, 22);
  mend_the_data();
  world_.revision(3, "SELECT 1 / 0;");
  const Finished failed = world_.sluice(restoring({"run"}));
  ASSERT_EQ(failed.code, 30) << failed.out << failed.err;
  world_.revision(3, "SELECT 1;");
  const Finished again = world_.sluice(restoring({"run"}));
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(world_.ask("SELECT count(*) FROM log"), "1");
}

TEST_F(AfterRestore, WhatADowngradeHadTakenBackIsAppliedStill) {
  world_.revision(2, "CREATE TABLE t2 (id int);", "SELECT 1 / 0;");
  world_.revision(3, "CREATE TABLE t3 (id int);", "DROP TABLE t3;");
  ASSERT_EQ(world_.sluice({"upgrade"}).code, 0);
  const Finished failed = world_.sluice(restoring({"downgrade", "001", "--yes"}));
  ASSERT_EQ(failed.code, 30) << failed.out << failed.err;
  ASSERT_EQ(world_.versions(), "003");
  const Finished up = world_.sluice({"upgrade"});
  EXPECT_EQ(up.code, 0) << up.out << up.err;
  world_.revision(2, "CREATE TABLE t2 (id int);", "DROP TABLE t2;");
  EXPECT_EQ(world_.sluice({"downgrade", "001", "--yes"}).code, 0);
  EXPECT_EQ(world_.versions(), "001");
}
