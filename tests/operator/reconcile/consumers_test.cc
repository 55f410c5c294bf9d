// Who counts as old code, and who is outside its range: operator-protocol, Roll-outs 1.
#include <gmock/gmock.h>

#include "operator/reconcile/consumers.h"
#include "operator/reconcile/revisions.h"
#include "tests/operator/reconcile/expanding.h"

namespace {

using story::after_expand;
using story::expanded;
using story::pod;
using story::said;
using story::silent;
using story::Story;
using story::with_consumers;
using testing::HasSubstr;

TEST(Questions, AreTheIdsThatConsumersNameForThisResourceEachOnce) {
  Story story = with_consumers({pod("a", "shop>=002 <004"), pod("b", "shop>=002, other>=9"), pod("c", "prod/shop<001"),
                                pod("d", "elsewhere/shop>=7"), pod("e", "nonsense"), silent("Pod", "f")});
  EXPECT_EQ(reconcile::questions_of(story.seen), (std::vector<std::string>{"001", "002", "004"}));
  EXPECT_EQ(story.look().start->questions, (std::vector<std::string>{"001", "002", "004"}));
}
TEST(Questions, AreBounded) {
  Story story = with_consumers({});
  for (int i = 0; i < 100; ++i) {
    story.seen.consumers.all.push_back(pod("p" + std::to_string(i), "shop>=" + std::to_string(i)));
  }
  EXPECT_EQ(reconcile::questions_of(story.seen).size(), report::kMostQuestions);
}

struct Case {
  std::string annotation = {};
  std::string answers = {};  // to the ids of the annotation, sorted
  std::string why = {};      // part of it; empty: new
};
class WhoIsOld : public testing::TestWithParam<Case> {};
TEST_P(WhoIsOld, IsSaidWithTheReason) {
  const Case& given = GetParam();
  Story story = with_consumers({pod("a", given.annotation)});
  reconcile::RunStatus run{.code = 0};
  run.questions = reconcile::questions_of(story.seen);
  ASSERT_EQ(run.questions.size(), given.answers.size());
  reconcile::take_answers(story.seen.status, run, given.answers);
  const std::string why = reconcile::why_old(story.seen.consumers.all[0], story.seen, story.seen.status);
  EXPECT_EQ(why.empty(), given.why.empty()) << why;
  EXPECT_THAT(why, HasSubstr(given.why));
}
INSTANTIATE_TEST_SUITE_P(
    Cases, WhoIsOld,
    testing::Values(Case{"shop>=002", "c", ""}, Case{"shop>=003", "D", ""}, Case{"shop>=002 <004", "c-", ""},
                    // With an upper bound it says itself where its world ends.
                    Case{"shop>=001 <004", "+-", ""}, Case{"shop<004", "-", ""}, Case{"shop>=003 <009", "C-", ""},
                    Case{"shop>=001", "+", "older than what contract builds on"},
                    Case{"shop>=003", "C", "doesn't build on all that contract builds on"},
                    Case{"shop>=005", "-", "needs 005, which is not applied"},
                    Case{"shop>=zzz", "?", "needs zzz, which no migration has"},
                    Case{"shop>=001 <003", "+C", "can't run with 003, which contract applies"},
                    Case{"shop>=002 <003", "cD", "can't run with 003, which contract applies"},
                    Case{"shop<002", "c", "can't run with 002, which is applied"},
                    Case{"shop<zzz", "?", "names zzz, which no migration has"},
                    // Nobody can satisfy these.
                    Case{"shop>=005 <003", "D-", "needs 005, which is not applied"},
                    Case{"shop>=002 <001", "+c", "can't run with 001, which is applied"},
                    Case{"", "", "can't be read: it is empty"}, Case{"shop>002", "", "only >= and < are known"},
                    Case{"other>=002", "", "doesn't name shop"}, Case{"elsewhere/shop>=002", "", "doesn't name shop"}));

TEST(WhoIsOld, IsEverybodyWithoutAnAnnotationAndWhoNamesWhatNobodyWasAskedAbout) {
  const Story story = with_consumers({});
  EXPECT_THAT(reconcile::why_old(silent("Pod", "a"), story.seen, story.seen.status), HasSubstr("has no annotation"));
  EXPECT_THAT(reconcile::why_old(pod("a", "shop>=002"), story.seen, story.seen.status), HasSubstr("asked about"));
}

// operator-protocol, Roll-outs 1
TEST(OutsideRange, IsToldOnceForEachPod) {
  Story story = after_expand({pod("a", "shop<002"), pod("b", "shop<009")}, "c-");
  story.seen.consumers.all.push_back(pod("c", "shop<002"));
  std::vector<std::string> notes;
  for (int i = 0; i < 3; ++i) {
    for (const auto& each : story.look().events) {
      if (each.reason != "OutsideRange") continue;
      notes.push_back(each.note);
      EXPECT_TRUE(each.warning);
      EXPECT_EQ(each.about, "uid-c");
    }
  }
  EXPECT_EQ(notes, std::vector<std::string>{"Pod c can't run with 002, which is applied"});
  EXPECT_EQ(story.seen.status.consumers->outside, (std::vector<std::string>{"a", "c"}));
}

TEST(OutsideRange, IsAPodWhoseRevisionWasTakenBackButNoneThatWaitsForIt) {
  Story story = after_expand({pod("a", "shop>=002")}, "-");
  EXPECT_THAT(said(story.look()), testing::Not(testing::Contains("OutsideRange")));
  story.seen.retry = "1";
  story.look();
  story.ends(expanded("c"));
  story.seen.retry = "2";
  story.look();
  report::Result back = story::result(30, {"001"});
  back.answers = "-";
  EXPECT_THAT(said(story.ends(back)), testing::Contains("OutsideRange"));
}

}  // namespace
