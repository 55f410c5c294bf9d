#include "common/spec/requires.h"

#include <gmock/gmock.h>

namespace {

using spec::parse_requires;
using spec::Requirement;
using spec::Requirements;
using testing::ElementsAre;
using testing::HasSubstr;

Requirement one(const std::string& text) {
  const Requirements read = parse_requires(text);
  EXPECT_EQ(read.problem, "") << text;
  EXPECT_EQ(read.entries.size(), 1U) << text;
  return read.entries.empty() ? Requirement{} : read.entries.front();
}

TEST(Requires, ReadsALowerBoundAnUpperBoundAndARange) {
  EXPECT_EQ(one("shop>=002"), (Requirement{.name = "shop", .at_least = "002"}));
  EXPECT_EQ(one("shop<003"), (Requirement{.name = "shop", .before = "003"}));
  EXPECT_EQ(one("shop>=002 <003"), (Requirement{.name = "shop", .at_least = "002", .before = "003"}));
}
TEST(Requires, DoesNotMindBlanksNorTheOrderOfTheBounds) {
  EXPECT_EQ(one(" shop >= 002<003 "), (Requirement{.name = "shop", .at_least = "002", .before = "003"}));
  EXPECT_EQ(one("shop<003 >=002"), (Requirement{.name = "shop", .at_least = "002", .before = "003"}));
}
TEST(Requires, ReadsADatabaseOfAnotherNamespace) {
  EXPECT_EQ(one("core/users>=7"), (Requirement{.namespace_name = "core", .name = "users", .at_least = "7"}));
}
TEST(Requires, ReadsSeveralDatabases) {
  EXPECT_THAT(parse_requires("shop>=002, core/users<9").entries,
              ElementsAre(Requirement{.name = "shop", .at_least = "002"},
                          Requirement{.namespace_name = "core", .name = "users", .before = "9"}));
}
TEST(Requires, TakesIdsAsToolsWriteThem) {
  EXPECT_EQ(one("shop>=2024-01-31_add.x").at_least, "2024-01-31_add.x");
  EXPECT_EQ(one("shop>=81bd07f2a9c3").at_least, "81bd07f2a9c3");
}
TEST(Requires, ReadsBackWhatItWrites) {
  for (const char* text : {"shop>=002", "shop<003", "core/shop>=002 <003"}) EXPECT_EQ(to_text(one(text)), text);
}

TEST(Requires, SaysWhatIsWrongAndQuotesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "it is empty"},
      {"  ", "it is empty"},
      {"shop", "needs >= REVISION or < REVISION"},
      {"shop>=", "a revision is missing"},
      {"shop>=002,", "an entry is empty"},
      {",shop>=002", "an entry is empty"},
      {"shop>002", "only >= and < are known"},
      {"shop<=002", "only >= and < are known"},
      {"shop=002", "only >= and < are known"},
      {"shop>=002>=003", "two bounds with >="},
      {"shop<002<003", "two bounds with <"},
      {"shop>=002 003", "is no revision"},
      {"shop>=heads", "write its id"},
      {"Shop>=002", "is no resource's name"},
      {">=002", "is no resource's name"},
      {"a/b/c>=1", "is no resource's name"},
      {"shop>=1,shop<2", "shop is named twice"},
      {"shop>=002 <003 <004", "is no revision"},
  };
  for (const auto& [text, why] : cases) EXPECT_THAT(parse_requires(text).problem, HasSubstr(why)) << text;
}
TEST(Requires, RefusesWhatIsTooLong) {
  EXPECT_NE(parse_requires("shop>=" + std::string(256, 'a')).problem, "");
  EXPECT_NE(parse_requires(std::string(5000, 'a')).problem, "");
}

}  // namespace
