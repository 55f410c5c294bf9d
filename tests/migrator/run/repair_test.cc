// `sluice repair` is explicit and recorded (guides E12; run-protocol, State).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

namespace {

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::AllOf;
using testing::HasSubstr;

/// A database at 003, the first two of its files edited since.
class Repair : public testing::Test {
 protected:
  Repair() {
    world_.tables(3);
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    schema_ = world_.schema();
    world_.file("001_step.up.sql", "-- the first\nCREATE TABLE t1(id int);\n");
    world_.file("002_step.up.sql", "-- the second\nCREATE TABLE t2(id int);\n");
  }
  std::string repairs() const {
    return world_.ask(
        "SELECT string_agg(revision || ' ' || result || ' ' || (applied_by <> ''), ',' ORDER BY id) FROM "
        "sluice.sluice_journal WHERE direction = 'repair'");
  }
  const MigratorWorld world_ = {};
  std::string schema_ = {};
};

TEST_F(Repair, LetsARunGoOnAfterAHarmlessEdit) {
  ASSERT_EQ(world_.sluice({"upgrade"}).code, 21);
  const Finished repaired = world_.sluice({"repair", "--all"});
  EXPECT_EQ(repaired.code, 0) << repaired.out << repaired.err;
  EXPECT_EQ(last_value(repaired.out, "message"), "repaired 001, 002; nothing was run");
  world_.revision(4, "CREATE TABLE t4(id int);");
  EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world_.versions(), "004");
}

TEST_F(Repair, RunsNothingAndIsRecordedWithWhoDidIt) {
  ASSERT_EQ(world_.sluice({"repair", "--all"}).code, 0);
  EXPECT_EQ(world_.schema(), schema_);
  EXPECT_EQ(world_.versions(), "003");
  EXPECT_EQ(repairs(), "001 succeeded true,002 succeeded true");
}

TEST_F(Repair, TakesOnlyWhatIsNamed) {
  EXPECT_EQ(world_.sluice({"repair", "001"}).code, 0);
  EXPECT_EQ(repairs(), "001 succeeded true");
  const Finished run = world_.sluice({"upgrade"});
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(last_value(run.out, "message"), AllOf(HasSubstr("002_step.up.sql"), HasSubstr("sluice repair 002")));
}

TEST_F(Repair, WithoutANameSaysWhichWereEditedAndChangesNothing) {
  const Finished asked = world_.sluice({"repair"});
  EXPECT_EQ(asked.code, 2);
  EXPECT_THAT(asked.out, HasSubstr("sluice repair 001 002"));
  EXPECT_EQ(repairs(), "");
}

TEST_F(Repair, RefusesARevisionWhoseFileIsWhatWasApplied) {
  const Finished refused = world_.sluice({"repair", "003"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.out, HasSubstr("003 needs no repair"));
  EXPECT_EQ(repairs(), "");
}

TEST_F(Repair, DoneTwiceHasNothingToDo) {
  world_.sluice({"repair", "--all"});
  const Finished again = world_.sluice({"repair", "--all"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("nothing to repair"));
  EXPECT_EQ(repairs(), "001 succeeded true,002 succeeded true");
}

TEST_F(Repair, IsForgottenOnceTheRevisionIsTakenBackAndAppliedAgain) {
  world_.sluice({"repair", "--all"});
  ASSERT_EQ(world_.sluice({"downgrade", "001", "--yes"}).code, 0);
  ASSERT_EQ(world_.sluice({"upgrade"}).code, 0);
  world_.file("002_step.up.sql", "CREATE TABLE t2(id bigint);\n");
  EXPECT_EQ(world_.sluice({"upgrade"}).code, 21);
}

}  // namespace
