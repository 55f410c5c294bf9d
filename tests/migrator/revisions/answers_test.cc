// operator-protocol, Roll-outs 1: what a run answers about the revisions that pods name.
#include "migrator/revisions/answers.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/migrator/revisions/build.h"

namespace {

using revisions::Phase;

// 001 - 002 - 003 contract - 004 contract
revisions::Graph chain() {
  return test::graph({{"001"},
                      {"002", {"001"}},
                      {"003", {"002"}, {}, {}, Phase::kContract},
                      {"004", {"003"}, {}, {}, Phase::kContract}});
}

std::string said(const revisions::Graph& graph, const std::vector<std::string>& rows,
                 const std::vector<std::string>& ids, const std::string& target = "heads") {
  return revisions::answers(graph, rows, target, ids);
}

TEST(Answers, TellWhoIsBehindFromWhoIsReadyForContract) { EXPECT_EQ(said(chain(), {"002"}, {"001", "002"}), "+c"); }
TEST(Answers, TellContractRevisionsFromOthersThatAreNotApplied) {
  EXPECT_EQ(said(chain(), {"001"}, {"002", "003", "004"}), "-DD");
}
TEST(Answers, CallEverythingReadyOnceContractIsDone) {
  EXPECT_EQ(said(chain(), {"004"}, {"001", "002", "003", "004"}), "cccc");
}
TEST(Answers, LookOnlyAtContractOnTheWayToTheTarget) {
  EXPECT_EQ(said(chain(), {"002"}, {"001", "003"}, "002"), "c-");
  EXPECT_EQ(said(chain(), {"003"}, {"001", "002", "003", "004"}, "004"), "++cD");
}
TEST(Answers, WantEveryPathOfContractBehindARevision) {
  const auto graph = test::graph({{"a"},
                                  {"b", {"a"}},
                                  {"b2", {"b"}, {}, {}, Phase::kContract},
                                  {"c", {"a"}},
                                  {"c2", {"c"}, {}, {}, Phase::kContract},
                                  {"m", {"b", "c"}}});
  EXPECT_EQ(said(graph, {"m"}, {"a", "b", "c", "m", "b2"}), "+++cC");
}
TEST(Answers, FindIdsAsPeopleWriteThem) { EXPECT_EQ(said(chain(), {"002"}, {"2", "1"}), "c+"); }
TEST(Answers, DoNotKnowWhatNoFileHasNorWhatIsNoRevision) {
  EXPECT_EQ(said(chain(), {"002"}, {"abc", "heads", "base", "+1", "00", "002-1", ""}), "???????");
}
TEST(Answers, RefuseALedgerThatTheFilesDoNotKnow) { EXPECT_THROW(said(chain(), {"zzz"}, {"001"}), PermanentError); }

}  // namespace
