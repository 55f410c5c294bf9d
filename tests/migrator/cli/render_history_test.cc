// guides E1: the same words as Alembic's, pending and applied marked, `-> head` visible. guides E16: docstrings shown.
#include "migrator/cli/render_history.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/migrator/revisions/build.h"

using cli::Detail;
using cli::Output;
using nlohmann::json;
using testing::HasSubstr;

namespace {

constexpr auto kNoDatabase = std::nullopt;

revisions::Graph users_and_orders() {
  auto all = test::revisions_of({{"a1"}, {"a2", {"a1"}}});
  all[0].message = "users";
  all[1].message = "orders";
  all[1].description = "Adds orders.\n\nSee the wiki.";
  all[1].created = "2026-11-21";
  return revisions::Graph(std::move(all));
}

cli::DatabaseState at(std::vector<std::string> rows) { return {.rows = std::move(rows)}; }

}  // namespace

TEST(History, IsNewestFirstAndShowsTheHead) {
  EXPECT_EQ(render_history(users_and_orders(), kNoDatabase, Output::kText, Detail::kBrief),
            "a1 -> a2 (head), orders\n<base> -> a1, users\n");
}
TEST(History, MarksWhatIsAppliedPendingAndCurrent) {
  EXPECT_EQ(render_history(users_and_orders(), at({"a1"}), Output::kText, Detail::kBrief),
            "pending  a1 -> a2 (head), orders\napplied  <base> -> a1 (current), users\n");
}
TEST(History, ShowsRowsThatNoFileHas) {
  EXPECT_THAT(render_history(users_and_orders(), at({"zz"}), Output::kText, Detail::kBrief),
              HasSubstr("applied  zz (not in the files)\n"));
}
TEST(History, VerboseShowsTheDocstring) {
  EXPECT_THAT(render_history(users_and_orders(), kNoDatabase, Output::kText, Detail::kVerbose),
              HasSubstr("Rev: a2 (head)\nParent: a1\nFile: a2_x.up.sql\nDown: a2_x.down.sql\nCreated: 2026-11-21\n\n"
                        "    Adds orders.\n    \n    See the wiki.\n"));
}
TEST(History, MarksBranchPointsMergesLabelsAndContracts) {
  const auto graph = test::graph(
      {{"a"}, {"b", {"a"}, {}, {"red"}}, {"c", {"a"}, {}, {}, revisions::Phase::kContract}, {"m", {"b", "c"}}});
  const std::string text = render_history(graph, kNoDatabase, Output::kText, Detail::kBrief);
  EXPECT_EQ(text, "b, c -> m (head) (mergepoint)\na -> c (contract)\na -> b (red)\n<base> -> a (branchpoint)\n");
}
TEST(History, InJsonHasEverythingAsOneObject) {
  const json all = json::parse(render_history(users_and_orders(), at({"a1"}), Output::kJson, Detail::kBrief));
  EXPECT_EQ(all["revisions"][0]["revision"], "a2");
  EXPECT_EQ(all["revisions"][0]["state"], "pending");
  EXPECT_EQ(all["revisions"][0]["head"], true);
  EXPECT_EQ(all["revisions"][0]["description"], "Adds orders.\n\nSee the wiki.");
  EXPECT_EQ(all["revisions"][1]["current"], true);
}
TEST(History, SendsNoEscapeSequencesToATerminal) {
  auto all = test::revisions_of({{"a"}});
  all[0].description = "red \x1b[31m";
  EXPECT_THAT(render_history(revisions::Graph(std::move(all)), kNoDatabase, Output::kText, Detail::kVerbose),
              HasSubstr("red [31m"));
}
TEST(History, InJsonSurvivesADocstringThatIsNotUtf8) {
  auto all = test::revisions_of({{"a"}});
  all[0].description = "gr\xf6\xdf";
  const std::string text = render_history(revisions::Graph(std::move(all)), kNoDatabase, Output::kJson, Detail::kBrief);
  EXPECT_TRUE(json::accept(text));
}

TEST(Heads, AreListedWithWhatTheyDo) {
  EXPECT_EQ(render_heads(users_and_orders(), kNoDatabase, Output::kText, Detail::kBrief),
            "a2 (head), orders, created 2026-11-21\n");
}
TEST(Heads, OfSeveralSayWhatToDo) {  // guides E9
  EXPECT_THAT(render_heads(test::fork(), kNoDatabase, Output::kText, Detail::kBrief),
              HasSubstr("There are 2 heads: `upgrade heads`"));
}

TEST(Current, SaysWhereTheDatabaseIsAndWhatIsPending) {
  EXPECT_EQ(render_current(users_and_orders(), at({"a1"}), Output::kText, Detail::kBrief),
            "a1 (current), users\n1 revision is pending.\n");
}
TEST(Current, AtTheHeadSaysThatNothingIsPending) {
  EXPECT_EQ(render_current(users_and_orders(), at({"a2"}), Output::kText, Detail::kBrief),
            "a2 (head) (current), orders\nNothing is pending.\n");
}
TEST(Current, OfAnEmptyDatabaseIsBase) {
  EXPECT_EQ(render_current(users_and_orders(), at({}), Output::kText, Detail::kBrief),
            "<base>\n2 revisions are pending.\n");
}
TEST(Current, InJsonTellsIfAllIsApplied) {
  const json now = json::parse(render_current(users_and_orders(), at({"a2"}), Output::kJson, Detail::kBrief));
  EXPECT_EQ(now["heads"], json::array({"a2"}));
  EXPECT_EQ(now["up_to_date"], true);
}
TEST(Current, WithARowThatNoFileHasIsNotUpToDate) {
  const json now = json::parse(render_current(users_and_orders(), at({"a2", "zz"}), Output::kJson, Detail::kBrief));
  EXPECT_EQ(now["unknown"], json::array({"zz"}));
  EXPECT_EQ(now["up_to_date"], false);
}

TEST(Show, TellsWhenAndByWhomItWasApplied) {
  cli::DatabaseState database = at({"a2"});
  database.applied["a2"] = {.at = "2026-11-21 08:00:00+00", .by = "deploy", .checksum = "sha of a2"};
  EXPECT_THAT(render_show(users_and_orders(), {"a2"}, database, Output::kText),
              HasSubstr("State: applied 2026-11-21 08:00:00+00 by deploy\n"));
}
TEST(Show, TellsThatAFileWasEditedAfterItRan) {  // guides E12
  cli::DatabaseState database = at({"a2"});
  database.applied["a2"] = {.checksum = "another"};
  EXPECT_THAT(render_show(users_and_orders(), {"a2"}, database, Output::kText), HasSubstr("edited since"));
}
TEST(Show, GivesTheReasonOfAnIrreversibleRevision) {
  auto all = test::revisions_of({{"a"}});
  all[0].irreversible = "drops prices";
  EXPECT_THAT(render_show(revisions::Graph(std::move(all)), {"a"}, kNoDatabase, Output::kText),
              HasSubstr("Down: irreversible: drops prices\n"));
}
