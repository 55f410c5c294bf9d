// How an error is told: as text on stderr, or as one JSON object for whoever asked for JSON.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "common/report/exit_code.h"
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

namespace {

/// What stands last on standard output, whatever events came before; null: no JSON.
nlohmann::json last_object_of(const Finished& run) {
  const std::string text = run.out.substr(0, run.out.find_last_not_of('\n') + 1);
  return nlohmann::json::parse(text.substr(text.rfind('\n') + 1), nullptr, false);
}

struct Failing {
  int code = 0;
  std::vector<std::string> words = {};
};

}  // namespace

// docs/exit-codes.md
TEST(Errors, OfEveryVerbEndInAnObjectOfCodeReasonMessageAndNext) {
  const MigratorWorld world;
  world.tables(1);
  world.revision(2, "INSERT INTO missing VALUES (1);\n");
  const std::vector<Failing> all = {
      {20, {"run"}},
      {20, {"upgrade"}},
      {40, {"downgrade", "-1"}},
      {21, {"current", "--check-heads"}},
      {10, {"run", kNowhere}},
      {11,
       {"run", "--database=postgresql://nobody@" +
                   world.server().url("postgres").substr(std::string("postgresql://postgres@").size())}},
      {32, {"run", "--again", "--backup-dir", "/proc/none", "--backup", "full"}},
      {10, {"plan", kNowhere}},
      {10, {"survey", kNowhere}},
      {10, {"history", kNowhere}},
      {10, {"heads", kNowhere}},
      {10, {"show", "001", kNowhere}},
      {10, {"stamp", "heads", kNowhere}},
      {10, {"repair", "001", kNowhere}},
      {50, {"wait", "--timeout", "0", "--at-least", "002"}},
      {24, {"check", "--checks", R"([{"name":"x","tcp":{"host":"127.0.0.1","port":1}}])"}},
      {2, {"digest", "/proc/none"}},
      {10, {"backup", "--backup-dir", world.backups(), kNowhere}},
      {2, {"restore", "latest", "--backup-dir", world.backups(), "--yes"}},
      {2, {"install", "/proc/none"}},
      {2, {"completion", "no-such-shell"}},
      {2, {"version", "--no-such-flag"}},
  };
  for (const Failing& each : all) {
    const Finished run = world.sluice(each.words);
    EXPECT_EQ(run.code, each.code) << each.words.front() << run.out << run.err;
    const nlohmann::json error = last_object_of(run);
    ASSERT_TRUE(error.is_object()) << each.words.front() << run.out;
    EXPECT_EQ(error.value("code", 0), run.code) << run.out;
    EXPECT_EQ(error.value("reason", ""), report::reason(static_cast<report::ExitCode>(run.code))) << run.out;
    EXPECT_NE(error.value("message", ""), "") << run.out;
    EXPECT_TRUE(error.contains("next") && error["next"].is_string()) << each.words.front() << run.out;
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
