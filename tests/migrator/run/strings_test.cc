// A database whose plain strings take backslashes as escapes (standard_conforming_strings = off): a file means what it
// means to psql there.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;

namespace {

constexpr const char* kTable = "CREATE TABLE said (words text);\n";
constexpr const char* kSays = R"(INSERT INTO said VALUES ('it\'s; so');)"
                              "\n";

class Strings : public testing::TestWithParam<const char*> {
 protected:
  Strings() {
    world_.ask("ALTER DATABASE \"" + world_.ask("SELECT current_database()") +
               "\" SET standard_conforming_strings = off");
    world_.revision(1, kTable);
  }
  std::string said() const { return world_.ask("SELECT string_agg(words, '|') FROM said"); }

  const MigratorWorld world_;
};

}  // namespace

TEST_P(Strings, AreReadAsTheDatabaseHasThem) {
  world_.revision(2, std::string(GetParam()) + kSays + kSays);
  const Finished up = world_.sluice({"upgrade"});
  ASSERT_EQ(up.code, 0) << up.out << up.err;
  EXPECT_EQ(said(), "it's; so|it's; so");
}

TEST_P(Strings, AreReadAsTheFileSaysAndThenAsTheDatabaseAgain) {
  world_.revision(2, std::string(GetParam()) + "SET standard_conforming_strings = on;\n" +
                         R"(INSERT INTO said VALUES ('C:\');)"
                         "\nRESET standard_conforming_strings;\n" +
                         kSays);
  const Finished up = world_.sluice({"upgrade"});
  ASSERT_EQ(up.code, 0) << up.out << up.err;
  EXPECT_EQ(said(), "C:\\|it's; so");
}

INSTANTIATE_TEST_SUITE_P(, Strings, testing::Values("", "-- transaction: off\n"), [](const auto& each) {
  return std::string(*each.param == '\0' ? "InATransaction" : "OutsideOne");
});

class HalfDoneStrings : public Strings {};

TEST_P(HalfDoneStrings, AreCountedByTheNextRunAsByTheFirst) {
  world_.revision(2, std::string(GetParam()) + kSays + "VACUUM said;\n" + kSays);
  ASSERT_EQ(world_.sluice({"upgrade"}, {"SLUICE_FAILPOINT=statement-done=kill"}).code, 128 + SIGKILL);
  const Finished again = world_.sluice({"upgrade"});
  ASSERT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(said(), "it's; so|it's; so");
}

INSTANTIATE_TEST_SUITE_P(, HalfDoneStrings, testing::Values("-- transaction: off\n"),
                         [](const auto&) { return std::string("OutsideATransaction"); });
