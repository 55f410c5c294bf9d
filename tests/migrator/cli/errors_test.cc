// How an error is told: as text on stderr, or as one JSON object for whoever asked for JSON.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

constexpr const char* kNowhere = "--database=postgresql://u@127.0.0.1:1/none";

/// All that was said, as one JSON object; null: it isn't one.
nlohmann::json object_of(const Finished& run) {
  EXPECT_EQ(run.err, "");
  return nlohmann::json::parse(run.out, nullptr, false);
}

}  // namespace

TEST(Errors, AreOneJsonObjectWhereJsonIsAskedFor) {
  const MigratorWorld world;
  world.tables(1);
  for (const char* const verb : {"current", "history", "heads", "show", "plan", "stamp", "wait", "upgrade", "run"}) {
    std::vector<std::string> words = {verb, "-o", "json", "--layout", "no-such-layout"};
    if (std::string(verb) == "show") words.insert(words.begin() + 1, "001");
    const nlohmann::json error = object_of(world.sluice(words, {"SLUICE_OUTPUT="}));
    ASSERT_TRUE(error.is_object()) << verb;
    EXPECT_EQ(error.value("code", 0), 2) << verb;
    EXPECT_EQ(error.value("reason", ""), "InvalidSpec") << verb;
    EXPECT_THAT(error.value("message", ""), HasSubstr("no-such-layout")) << verb;
  }
}

TEST(Errors, OfTheDatabaseKeepTheirCodeInJson) {
  const MigratorWorld world;
  world.tables(1);
  const Finished run = world.sluice({"current", "--output=json", kNowhere}, {"SLUICE_OUTPUT="});
  EXPECT_EQ(run.code, 10);
  EXPECT_EQ(object_of(run).value("reason", ""), "NotNow");
}

TEST(Errors, OfTheCommandLineSayWhereToLook) {
  const MigratorWorld world;
  const Finished flag = world.sluice({"current", "--output", "json", "--no-such-flag"}, {"SLUICE_OUTPUT="});
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(object_of(flag).value("next", ""), HasSubstr("sluice current --help"));
  const Finished verb = world.sluice({"curent"}, {"SLUICE_OUTPUT=json"});
  EXPECT_EQ(verb.code, 2);
  EXPECT_THAT(object_of(verb).value("next", ""), HasSubstr("sluice --help"));
}

TEST(Errors, AreJsonWhereTheSettingsFileAsksForIt) {
  const MigratorWorld world;
  world.tables(1);
  world.file("sluice.yaml", "output: json\n");
  const Finished run = world.sluice({"current", kNowhere}, {"SLUICE_OUTPUT="});
  EXPECT_EQ(object_of(run).value("code", 0), 10);
}

TEST(Errors, AreTextForPeople) {
  const MigratorWorld world;
  const Finished run = world.sluice({"current", "--no-such-flag"}, {"SLUICE_OUTPUT="});
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, AllOf(HasSubstr("sluice current: "), HasSubstr("See: sluice current --help")));
}
