#include "migrator/revisions/plan.h"

#include <gmock/gmock.h>

#include "common/error.h"
#include "tests/migrator/revisions/build.h"

using revisions::HeadChange;
using revisions::Phase;
using revisions::PhaseLimit;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace {

std::vector<std::string> ids(const revisions::Plan& plan) {
  std::vector<std::string> result;
  for (const auto& step : plan.steps) result.push_back(step.revision->id);
  return result;
}
using Rows = std::vector<std::string>;
std::vector<std::string> up(const revisions::Graph& graph, const Rows& rows, const std::string& target) {
  return ids(plan_upgrade(graph, rows, target));
}
std::vector<std::string> down(const revisions::Graph& graph, const Rows& rows, const std::string& target) {
  return ids(plan_downgrade(graph, rows, target));
}
std::string why_not_up(const revisions::Graph& graph, const Rows& rows, const std::string& target) {
  return test::message_of([&] { plan_upgrade(graph, rows, target); });
}
std::string why_not_down(const revisions::Graph& graph, const Rows& rows, const std::string& target) {
  return test::message_of([&] { plan_downgrade(graph, rows, target); });
}

}  // namespace

// guides E2: every form of a target.
TEST(Upgrade, ToHeadTakesAllThatIsPending) { EXPECT_THAT(up(test::chain(), {"a1"}, "head"), ElementsAre("a2", "a3")); }
TEST(Upgrade, ToHeadTwiceHasNothingToDo) { EXPECT_THAT(up(test::chain(), {"a3"}, "head"), IsEmpty()); }
TEST(Upgrade, ByOneTakesOneStep) { EXPECT_THAT(up(test::chain(), {}, "+1"), ElementsAre("a1")); }
TEST(Upgrade, ToAnIdTakesItsAncestors) { EXPECT_THAT(up(test::chain(), {}, "a2"), ElementsAre("a1", "a2")); }
TEST(Upgrade, ToARevisionBelowHasNothingToDo) { EXPECT_THAT(up(test::chain(), {"a3"}, "a1"), IsEmpty()); }
TEST(Upgrade, ToAUniquePrefixFindsIt) { EXPECT_THAT(up(test::fork(), {"a2"}, "c"), ElementsAre("c1")); }
TEST(Upgrade, ToHeadsTakesEveryBranch) {
  EXPECT_THAT(up(test::fork(), {"a2"}, "heads"), ElementsAre("b1", "b2", "c1"));
}
TEST(Upgrade, ToLabelAtHeadTakesThatBranchOnly) {
  EXPECT_THAT(up(test::fork(), {"a2"}, "cee@head"), ElementsAre("c1"));
}
TEST(Upgrade, ToIdAtHeadTakesTheBranchOfThatId) {
  EXPECT_THAT(up(test::fork(), {"a2"}, "b1@head"), ElementsAre("b1", "b2"));
}
TEST(Upgrade, CountsFromAnId) { EXPECT_THAT(up(test::fork(), {}, "b1+1"), ElementsAre("a1", "a2", "b1", "b2")); }
TEST(Upgrade, CountsFromAPrefixThatEndsWithinAnId) {
  const auto graph = test::graph({{"3f2a9c-x"}, {"77d0e1", {"3f2a9c-x"}}});
  EXPECT_THAT(up(graph, {}, "3f2+1"), ElementsAre("3f2a9c-x", "77d0e1"));
  EXPECT_THAT(up(graph, {}, "77d-1"), ElementsAre("3f2a9c-x"));
}
TEST(Upgrade, CountsOnABranch) { EXPECT_THAT(up(test::fork(), {"a1"}, "cee@+2"), ElementsAre("a2", "c1")); }
TEST(Upgrade, CountsDownFromAnId) { EXPECT_THAT(up(test::chain(), {}, "a3-1"), ElementsAre("a1", "a2")); }
TEST(Upgrade, ToBaseHasNothingToDo) { EXPECT_THAT(up(test::chain(), {}, "base"), IsEmpty()); }
TEST(Upgrade, FindsANumberWrittenWithoutItsZeroes) {
  EXPECT_THAT(up(test::graph({{"001"}, {"002", {"001"}}}), {}, "2"), ElementsAre("001", "002"));
}
TEST(Upgrade, NeverCutsAnIdThatEndsLikeAStep) {
  EXPECT_THAT(up(test::graph({{"2024-01-01"}, {"2024-01-02", {"2024-01-01"}}}), {}, "2024-01-01"),
              ElementsAre("2024-01-01"));
}
TEST(Upgrade, TakesDependenciesAlong) {
  EXPECT_THAT(up(test::graph({{"a"}, {"b", {}, {"a"}}}), {}, "b"), ElementsAre("a", "b"));
}

TEST(Upgrade, ToHeadOfSeveralListsThem) {  // guides T: multiple heads
  const std::string message = why_not_up(test::fork(), {"a2"}, "head");
  EXPECT_THAT(message, HasSubstr("b2 (b2_x.up.sql); c1 (c1_x.up.sql)"));
  EXPECT_THAT(message, HasSubstr("use `heads`"));
}
TEST(Upgrade, FromAnUnknownRowSaysWhichAndHowToGoOn) {  // guides T: can't locate revision
  const std::string message = why_not_up(test::chain(), {"a4"}, "heads");
  EXPECT_THAT(message, HasSubstr("the database is at revision a4, which no file has; did you mean"));
  EXPECT_THAT(message, HasSubstr("sluice stamp"));
}
TEST(Upgrade, ToAnUnknownIdNamesTheNearest) {
  EXPECT_THAT(why_not_up(test::chain(), {}, "a9"), HasSubstr("there is no revision a9; did you mean a1, a2 or a3?"));
}
TEST(Upgrade, ToAnAmbiguousPrefixListsWhatItMayBe) {
  EXPECT_THAT(why_not_up(test::fork(), {}, "b"), HasSubstr("2 revisions begin with b: b1, b2"));
}
TEST(Upgrade, ByMoreThanThereAreSaysHowManyFollow) {
  EXPECT_THAT(why_not_up(test::chain(), {"a2"}, "+2"), HasSubstr("only 1 revisions follow a2"));
}
TEST(Upgrade, ByOneAtAForkListsTheWays) {
  EXPECT_THAT(why_not_up(test::fork(), {"a2"}, "+1"), HasSubstr("followed by several: b1 (b1_x.up.sql), c1"));
}
TEST(Upgrade, ByOneFromSeveralHeadsAsksForABranch) {
  EXPECT_THAT(why_not_up(test::fork(), {"b1", "c1"}, "+1"), HasSubstr("LABEL@+1"));
}
TEST(Upgrade, WithANegativeCountPointsToDowngrade) {
  EXPECT_THAT(why_not_up(test::chain(), {"a2"}, "-1"), HasSubstr("sluice downgrade -1"));
}
TEST(Upgrade, ToAnUnknownLabelNamesTheNearest) {
  EXPECT_THAT(why_not_up(test::fork(), {}, "ceee@head"), HasSubstr("no branch ceee; did you mean cee?"));
}
TEST(Upgrade, RefusesAnEmptyTarget) { EXPECT_THAT(why_not_up(test::chain(), {}, ""), HasSubstr("name a revision")); }
TEST(Upgrade, RefusesACountBeyondReason) {
  EXPECT_THAT(why_not_up(test::chain(), {}, "+99999999999999999999"), HasSubstr("number of steps"));
}

// What each step changes in the ledger (postgres-facts 2: HeadMaintainer).
TEST(LedgerRows, TheFirstRevisionIsInserted) {
  EXPECT_EQ(plan_upgrade(test::chain(), {}, "a1").steps[0].heads, (HeadChange{.insert = {"a1"}}));
}
TEST(LedgerRows, AFollowerUpdatesItsParentsRow) {
  EXPECT_EQ(plan_upgrade(test::chain(), {"a1"}, "a2").steps[0].heads, (HeadChange{.update = {{"a1", "a2"}}}));
}
TEST(LedgerRows, ASecondBranchIsInserted) {
  EXPECT_EQ(plan_upgrade(test::fork(), {"b1"}, "c1").steps[0].heads, (HeadChange{.insert = {"c1"}}));
}
TEST(LedgerRows, AMergeUpdatesOneParentAndErasesTheOthers) {
  const auto graph = test::graph({{"a"}, {"b"}, {"m", {"a", "b"}}});
  EXPECT_EQ(plan_upgrade(graph, {"a", "b"}, "m").steps[0].heads, (HeadChange{.erase = {"b"}, .update = {{"a", "m"}}}));
}
TEST(LedgerRows, TakingBackAMergeBringsBothParents) {
  const auto graph = test::graph({{"a"}, {"b"}, {"m", {"a", "b"}}});
  EXPECT_EQ(plan_downgrade(graph, {"m"}, "-1").steps[0].heads, (HeadChange{.insert = {"b"}, .update = {{"m", "a"}}}));
}
TEST(LedgerRows, TakingBackABranchErasesItsRow) {
  EXPECT_EQ(plan_downgrade(test::fork(), {"b1", "c1"}, "cee@-1").steps[0].heads, (HeadChange{.erase = {"c1"}}));
}
TEST(LedgerRows, TheRootIsErased) {
  EXPECT_EQ(plan_downgrade(test::chain(), {"a1"}, "base").steps[0].heads, (HeadChange{.erase = {"a1"}}));
}
TEST(LedgerRows, ADependencyTakesTheRowOfWhatItDependsOn) {
  const auto graph = test::graph({{"a"}, {"b", {}, {"a"}}});
  EXPECT_EQ(plan_upgrade(graph, {"a"}, "b").steps[0].heads, (HeadChange{.update = {{"a", "b"}}}));
}
TEST(LedgerRows, WhatOthersImplyIsErasedWithTheFirstStep) {
  EXPECT_EQ(plan_upgrade(test::chain(), {"a1", "a2"}, "a3").steps[0].heads,
            (HeadChange{.erase = {"a1"}, .update = {{"a2", "a3"}}}));
}
TEST(LedgerRows, AnImpliedRowThatBecomesAHeadStays) {
  EXPECT_EQ(plan_downgrade(test::chain(), {"a1", "a2"}, "-1").steps[0].heads, (HeadChange{.erase = {"a2"}}));
}

// guides E3
// A slip of the hand is told, never carried out as arithmetic.
TEST(Downgrade, TakesAnUnknownIdWithDashesForNoSteps) {
  const auto graph = test::graph({{"2024-01-15"}, {"2024-02-10", {"2024-01-15"}}});
  EXPECT_THAT(why_not_down(graph, {"2024-02-10"}, "2024-02-01"),
              HasSubstr("there is no revision 2024-02-01; did you mean 2024-02-10"));
  EXPECT_THAT(down(graph, {"2024-02-10"}, "2024-01"), ElementsAre("2024-02-10"));
  EXPECT_THAT(down(graph, {"2024-02-10"}, "2024-02-10-1"), ElementsAre("2024-02-10"));
}

TEST(Downgrade, ByOneTakesBackTheHead) { EXPECT_THAT(down(test::chain(), {"a3"}, "-1"), ElementsAre("a3")); }
TEST(Downgrade, ByThreeTakesBackThree) {
  EXPECT_THAT(down(test::chain(), {"a3"}, "-3"), ElementsAre("a3", "a2", "a1"));
}
TEST(Downgrade, ToAnIdTakesBackWhatFollowsIt) {
  EXPECT_THAT(down(test::chain(), {"a3"}, "a1"), ElementsAre("a3", "a2"));
}
TEST(Downgrade, ToBaseTakesBackEverything) {
  EXPECT_THAT(down(test::fork(), {"b2", "c1"}, "base"), UnorderedElementsAre("b2", "b1", "c1", "a2", "a1"));
}
TEST(Downgrade, ToTheCurrentHeadHasNothingToDo) { EXPECT_THAT(down(test::chain(), {"a3"}, "a3"), IsEmpty()); }
TEST(Downgrade, ToAnIdLeavesIndependentTreesAlone) {
  const auto graph = test::graph({{"a1"}, {"a2", {"a1"}}, {"z1"}});
  EXPECT_EQ(plan_downgrade(graph, {"a2", "z1"}, "a1").heads_after, (Rows{"a1", "z1"}));
}
TEST(Downgrade, TakesBackWhatDependsOnIt) {
  const auto graph = test::graph({{"a1"}, {"a2", {"a1"}}, {"z1"}, {"z2", {"z1"}, {"a2"}}});
  EXPECT_THAT(down(graph, {"z2"}, "a1"), ElementsAre("z2", "a2"));
}
TEST(Downgrade, OfOneBranchLeavesTheOther) {
  EXPECT_THAT(down(test::fork(), {"b2", "c1"}, "cee@-1"), ElementsAre("c1"));
}
TEST(Downgrade, ByOneFromSeveralHeadsAsksForABranch) {
  EXPECT_THAT(why_not_down(test::fork(), {"b2", "c1"}, "-1"), HasSubstr("several heads"));
}
TEST(Downgrade, ByMoreThanThereAreSaysSo) {
  EXPECT_THAT(why_not_down(test::chain(), {"a2"}, "-3"), HasSubstr("fewer revisions are at and below a2"));
  EXPECT_THAT(why_not_down(test::chain(), {"a2"}, "-4"), HasSubstr("only 2 revisions are at and below a2"));
}
TEST(Downgrade, FromAnEmptyDatabaseByOneSaysSo) {
  EXPECT_THAT(why_not_down(test::chain(), {}, "-1"), HasSubstr("at base already"));
}
TEST(Downgrade, ToSomethingNotAppliedPointsToUpgrade) {
  EXPECT_THAT(why_not_down(test::chain(), {"a1"}, "a2"), HasSubstr("is not applied"));
}
TEST(Downgrade, WithAPositiveCountPointsToUpgrade) {
  EXPECT_THAT(why_not_down(test::chain(), {"a1"}, "+1"), HasSubstr("sluice upgrade +1"));
}
TEST(Downgrade, WithoutADownScriptNamesTheFileToWrite) {
  auto all = test::revisions_of({{"a1"}});
  all[0].down.reset();
  const revisions::Graph graph(std::move(all));
  EXPECT_THAT(why_not_down(graph, {"a1"}, "base"),
              HasSubstr("a1 (a1_x.up.sql) has no down script; write a1_x.down.sql"));
}
TEST(Downgrade, OfAnIrreversibleRevisionGivesItsReason) {
  auto all = test::revisions_of({{"a1"}});
  all[0].irreversible = "drops the old prices";
  const revisions::Graph graph(std::move(all));
  EXPECT_THAT(why_not_down(graph, {"a1"}, "base"), HasSubstr("drops the old prices"));
}

// design, Words: phase
TEST(PhaseExpand, StopsBeforeTheFirstContractRevisionOfEachPath) {
  const auto contract = Phase::kContract;
  const auto graph = test::graph({{"a"}, {"b", {"a"}, {}, {}, contract}, {"c", {"b"}, {}, {}, contract}, {"d", {"a"}}});
  const auto plan = plan_upgrade(graph, {}, "heads", PhaseLimit::kExpand);
  EXPECT_THAT(ids(plan), ElementsAre("a", "d"));
  EXPECT_THAT(plan.held_back, ElementsAre("b", "c"));
  EXPECT_THAT(plan.heads_after, ElementsAre("d"));
}
TEST(PhaseExpand, RefusesAnExpandRevisionThatBuildsOnAContractRevisionStillToDo) {
  const auto graph = test::graph({{"a"}, {"b", {"a"}, {}, {}, Phase::kContract}, {"c", {"b"}}, {"d", {"a"}, {"b"}}});
  try {
    static_cast<void>(plan_upgrade(graph, {}, "heads", PhaseLimit::kExpand));
    FAIL() << "not refused";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kHistoryMismatch);
    EXPECT_THAT(error.what(), HasSubstr("c (c_x.up.sql) builds on the contract revision b (b_x.up.sql)"));
    EXPECT_THAT(error.what(), HasSubstr("d (d_x.up.sql) builds on the contract revision b (b_x.up.sql)"));
  }
  EXPECT_THAT(ids(plan_upgrade(graph, {}, "heads", PhaseLimit::kAll)), ElementsAre("a", "b", "c", "d"));
}
TEST(PhaseExpand, DoesNotMindAnOrderThatTheTargetLeavesOut) {
  const auto graph = test::graph({{"a"}, {"b", {"a"}, {}, {}, Phase::kContract}, {"c", {"b"}}});
  EXPECT_THAT(plan_upgrade(graph, {}, "b", PhaseLimit::kExpand).held_back, ElementsAre("b"));
}
TEST(PhaseExpand, DoesNotMindContractRevisionsThatAreApplied) {
  const auto graph = test::graph({{"a", {}, {}, {}, Phase::kContract}, {"b", {"a"}}});
  EXPECT_THAT(ids(plan_upgrade(graph, {"a"}, "heads", PhaseLimit::kExpand)), ElementsAre("b"));
}

TEST(Resolve, HeadsAreAllHeads) { EXPECT_THAT(resolve(test::fork(), {}, "heads"), ElementsAre("b2", "c1")); }
TEST(Resolve, BaseIsNothing) { EXPECT_THAT(resolve(test::fork(), {}, "base"), IsEmpty()); }
TEST(Resolve, APrefixIsItsRevision) { EXPECT_THAT(resolve(test::fork(), {}, "c"), ElementsAre("c1")); }
TEST(Resolve, RelativeTargetsCountFromTheDatabase) {
  EXPECT_THAT(resolve(test::chain(), {"a2"}, "+1"), ElementsAre("a3"));
  EXPECT_THAT(resolve(test::chain(), {"a2"}, "-1"), ElementsAre("a1"));
}
