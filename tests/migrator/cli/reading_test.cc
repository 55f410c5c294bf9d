// current, history, heads, show, and --output (guides E1, E16).
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

class Reading : public testing::Test {
 protected:
  Reading() {
    world.file("a1_users.up.sql",
               "-- revision: a1\n-- created: 2026-01-02\n-- Users of the shop.\nCREATE TABLE users(id int);\n");
    world.file("a2_mail.up.sql", "-- revision: a2\n-- revises: a1\nALTER TABLE users ADD mail text;\n");
    EXPECT_EQ(world.sluice({"upgrade", "a1"}).code, 0);
  }
  std::string text(const std::vector<std::string>& words) const {
    return world.sluice(words, {"SLUICE_OUTPUT=text"}).out;
  }
  MigratorWorld world = {};
};

}  // namespace

TEST_F(Reading, CurrentNamesRevisionAndWhatIsPending) {
  EXPECT_THAT(text({"current"}), AllOf(HasSubstr("a1"), HasSubstr("pending")));
  EXPECT_EQ(world.sluice({"current"}).out.substr(0, 1), "{");
}

TEST_F(Reading, CurrentTellsByItsCodeWhetherAllHeadsAreThere) {
  EXPECT_EQ(world.sluice({"current", "--check-heads"}).code, 21);
  world.sluice({"upgrade"});
  EXPECT_EQ(world.sluice({"current", "--check-heads"}).code, 0);
}

TEST_F(Reading, HistoryMarksWhatIsApplied) {
  EXPECT_THAT(text({"history"}), AllOf(HasSubstr("a1 -> a2 (head)"), HasSubstr("<base> -> a1"), HasSubstr("applied")));
  EXPECT_THAT(text({"history", "--verbose"}), HasSubstr("Users of the shop."));
}

TEST_F(Reading, HistoryNeedsNoDatabase) {
  const Finished history =
      support::run_program(world.command({"history", "--migrations", world.migrations(), "--output", "text"}));
  EXPECT_EQ(history.code, 0) << history.err;
  EXPECT_THAT(history.out, HasSubstr("a1 -> a2 (head)"));
}

TEST_F(Reading, HeadsAreThoseOfTheFiles) { EXPECT_THAT(text({"heads"}), HasSubstr("a2 (head)")); }

TEST_F(Reading, ShowTakesTheFirstCharacters) {
  world.file("b7c9_more.up.sql", "-- revision: b7c9\n-- revises: a2\nSELECT 1;\n");
  EXPECT_THAT(text({"show", "b7"}), HasSubstr("b7c9"));
  EXPECT_THAT(text({"show", "a1"}), HasSubstr("Users of the shop."));
}

TEST_F(Reading, TextIsForPeople) {
  const std::string said = text({"upgrade"});
  EXPECT_THAT(said, AllOf(HasSubstr("✓ a2"), HasSubstr("done: 1 applied; at a2")));
  EXPECT_THAT(said, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text({"upgrade"}), HasSubstr("nothing to do"));
}

// On a terminal: colours, and a progress line that is overwritten.
TEST_F(Reading, ATerminalGetsColours) {
  const Finished run =
      support::run_program({"script", "-qec", support::binary("sluice") + " upgrade --output text", "/dev/null"},
                           world.environment({"NO_COLOR="}));
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_THAT(run.out, AllOf(HasSubstr("\x1b[32m✓ a2"), HasSubstr("\x1b[K")));
}
