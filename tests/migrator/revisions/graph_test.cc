#include "migrator/revisions/graph.h"

#include <gmock/gmock.h>

#include "common/error.h"
#include "tests/migrator/revisions/build.h"

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Graph, OfNoRevisionsHasNoHeads) { EXPECT_THAT(test::graph({}).heads(), IsEmpty()); }

TEST(Graph, PutsParentsAndDependenciesFirstAndElseKeepsFileOrder) {
  const auto graph = test::graph({{"c", {"a"}}, {"b", {}, {"c"}}, {"a"}, {"d"}});
  EXPECT_THAT(graph.topological(), ElementsAre("a", "c", "b", "d"));
}

TEST(Graph, HeadsHaveNoChildrenEvenIfOthersDependOnThem) {
  const auto graph = test::graph({{"a"}, {"b", {}, {"a"}}});
  EXPECT_THAT(graph.heads(), ElementsAre("a", "b"));
}

TEST(Graph, NamesBothFilesOfADuplicateId) {  // guides E9
  const std::string message = test::message_of([] {
    auto all = test::revisions_of({{"001"}, {"001"}});
    all[0].up.file = "001_users.sql";
    all[1].up.file = "001_orders.sql";
    revisions::Graph{std::move(all)};
  });
  EXPECT_THAT(message, HasSubstr("001_users.sql"));
  EXPECT_THAT(message, HasSubstr("001_orders.sql"));
}

TEST(Graph, NamesTheFileOfAMissingParentAndTheNearestIds) {  // guides E9, T
  const std::string message = test::message_of([] { test::graph({{"3f2a9c"}, {"81bd07", {"3f2a9d"}}}); });
  EXPECT_THAT(message, HasSubstr("81bd07_x.up.sql: revises 3f2a9d, which is not in the folder"));
  EXPECT_THAT(message, HasSubstr("did you mean 3f2a9c?"));
}

TEST(Graph, SaysThatADependencyIsMissing) {
  EXPECT_THAT(test::message_of([] { test::graph({{"a", {}, {"zzz"}}}); }), HasSubstr("depends on zzz"));
}

TEST(Graph, DrawsACycleInOrder) {
  const std::string message = test::message_of([] { test::graph({{"a", {"c"}}, {"b", {"a"}}, {"c", {"b"}}, {"d"}}); });
  EXPECT_THAT(message, HasSubstr("a_x.up.sql -> c_x.up.sql -> b_x.up.sql -> a_x.up.sql"));
}

TEST(Graph, SeesARevisionThatRevisesItself) {
  EXPECT_THAT(test::message_of([] { test::graph({{"a", {"a"}}}); }), HasSubstr("a_x.up.sql -> a_x.up.sql"));
}

TEST(Graph, SeesACycleThroughADependency) {
  EXPECT_THAT(test::message_of([] {
                test::graph({{"a", {}, {"b"}}, {"b", {"a"}}});
              }),
              HasSubstr("wait for each other"));
}

TEST(Graph, ReportsAllProblemsAtOnce) {
  const std::string message = test::message_of([] {
    test::graph({{"a", {}, {}, {"red"}}, {"a"}, {"b", {"x"}, {}, {"red"}}, {"c", {"y"}}});
  });
  for (const char* part : {"there twice", "revises x", "revises y", "branch label red"})
    EXPECT_THAT(message, HasSubstr(part));
}

TEST(Graph, RefusesWithTheExitCodeForFilesThatDisagree) {
  try {
    test::graph({{"a"}, {"a"}});
    FAIL();
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kHistoryMismatch);
  }
}

TEST(Graph, EffectiveHeadsLeaveOutWhatDependenciesImply) {
  const auto graph = test::graph({{"a1"}, {"a2", {"a1"}}, {"b1", {}, {"a2"}}});
  EXPECT_THAT(graph.effective_heads({"a2", "b1"}), ElementsAre("b1"));
}

TEST(Graph, FindsIdsByPrefix) { EXPECT_THAT(test::fork().starting_with("b"), ElementsAre("b1", "b2")); }

TEST(Graph, ALabelGoesWithTheDescendantsOfItsRevision) {
  const auto graph = test::graph({{"a"}, {"b", {"a"}, {}, {"red"}}, {"c", {"b"}}, {"d", {"a"}}});
  EXPECT_THAT(graph.branch("red"), ElementsAre("b", "c"));
}

TEST(Graph, TakesIdsThatAreLongNumbersDottedOrNotAscii) {
  const auto graph = test::graph(
      {{"99999999999999999999999"}, {"03.00.00_01", {"99999999999999999999999"}}, {"größe", {"03.00.00_01"}}});
  EXPECT_THAT(graph.heads(), ElementsAre("größe"));
}
