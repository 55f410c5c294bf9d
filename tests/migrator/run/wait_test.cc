// `sluice wait`, the gate that asks the database (design, Gates 1).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"
#include "tests/support/port.h"

using support::Finished;
using support::MigratorWorld;
using support::Program;
using testing::HasSubstr;

TEST(Wait, EndsWhenTheRevisionIsThere) {
  const MigratorWorld world;
  world.tables(2);
  Program waiting(world.command({"wait", "--at-least", "002", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("002 is not applied"));
  world.sluice({"upgrade"});
  EXPECT_EQ(waiting.wait().code, 0);
}

TEST(Wait, SaysWhatIsMissingWhenTheTimeIsOver) {
  const MigratorWorld world;
  world.tables(1);
  const Finished ended = world.sluice({"wait", "--timeout", "100ms", "--interval", "20ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("revision 001 is not applied"));
}

TEST(Wait, IsContentWithALaterRevision) {
  const MigratorWorld world;
  world.tables(3);
  world.sluice({"upgrade"});
  EXPECT_EQ(world.sluice({"wait", "--at-least", "001"}).code, 0);
  // Without the files the journal knows it.
  EXPECT_EQ(world.sluice({"wait", "--at-least", "001", "--timeout", "1s"}, {"SLUICE_MIGRATIONS="}).code, 0);
}

TEST(Wait, GoesOnAskingADatabaseThatIsNotThereYet) {
  const MigratorWorld world;
  world.tables(1);
  const Finished ended = world.sluice(
      {"wait", "--at-least", "001", "--timeout", "200ms", "--interval", "50ms"},
      {"SLUICE_DATABASE_URL=postgresql://nobody@127.0.0.1:" + std::to_string(support::free_port()) + "/none"});
  EXPECT_EQ(ended.code, 50);
}

TEST(Wait, EndsCleanlyWhenCancelled) {
  const MigratorWorld world;
  world.tables(1);
  Program waiting(world.command({"wait", "--interval", "50ms"}), world.environment());
  ASSERT_TRUE(waiting.wait_for_output("not applied"));
  waiting.signal(15);
  EXPECT_EQ(waiting.wait().code, 143);
}

TEST(Wait, RefusesARelativeTarget) {
  const MigratorWorld world;
  EXPECT_EQ(world.sluice({"wait", "--at-least", "+1"}).code, 2);
}
