// run-protocol, State: every ancestor of a head must have a journal row, one that still holds.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using testing::HasSubstr;

namespace {

class Order : public testing::Test {
 protected:
  void SetUp() override {
    world_.revision(4, "create table t4();", "drop table t4;");
    world_.revision(6, "create table t6();", "drop table t6;");
  }
  void make_five() const { world_.revision(5, "create table t5();", "drop table t5;"); }
  support::Finished upgrade() const { return world_.sluice({"upgrade", "heads"}); }

  support::MigratorWorld world_;
};

}  // namespace

TEST_F(Order, AFiveThatComesAfterSixIsRefusedByItsFile) {
  ASSERT_EQ(upgrade().code, 0);
  make_five();
  const support::Finished late = upgrade();
  EXPECT_EQ(late.code, 21);
  EXPECT_THAT(late.out + late.err, HasSubstr("out of order: 005_"));
  EXPECT_EQ(world_.ask("select to_regclass('t5')"), "");
}

TEST_F(Order, AFiveThatWasTakenBackBeforeSixCountsAsNeverApplied) {
  world_.remove("006_step.up.sql");
  world_.remove("006_step.down.sql");
  make_five();
  ASSERT_EQ(upgrade().code, 0);
  ASSERT_EQ(world_.sluice({"downgrade", "-1", "--yes"}).code, 0);
  world_.remove("005_step.up.sql");
  world_.remove("005_step.down.sql");
  world_.revision(6, "create table t6();", "drop table t6;");
  ASSERT_EQ(upgrade().code, 0);
  make_five();
  EXPECT_EQ(upgrade().code, 21);
}

TEST_F(Order, AFiveThatWasTakenBackIsAppliedAgainAsEdited) {
  world_.remove("006_step.up.sql");
  world_.remove("006_step.down.sql");
  make_five();
  ASSERT_EQ(upgrade().code, 0);
  ASSERT_EQ(world_.sluice({"downgrade", "-1", "--yes"}).code, 0);
  world_.revision(5, "create table t5(a int);", "drop table t5;");
  EXPECT_EQ(upgrade().code, 0);
  EXPECT_EQ(world_.ask("select count(*) from pg_attribute where attrelid = 't5'::regclass and attname = 'a'"), "1");
}
