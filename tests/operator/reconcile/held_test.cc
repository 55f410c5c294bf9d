// What a DatabaseRollout keeps from the migration it references (operator-protocol, Roll-outs 2).
#include <gtest/gtest.h>

#include "tests/operator/reconcile/story.h"

namespace {

using story::Story;

TEST(HeldByRollout, IsAFirstRunBeforeStepExpand) {
  Story story;
  story.seen.held.expand = "shop";
  story.look();
  EXPECT_FALSE(story.has_live());
  EXPECT_EQ(story.state(), "False/True/-/HeldByRollout");
  story.seen.held.expand = {};
  story.look();
  EXPECT_TRUE(story.has_live());
}

TEST(HeldByRollout, IsAChangeOfContent) {
  Story story = Story::done();
  story.seen.held.expand = "shop";
  story.look();
  EXPECT_EQ(story.state(), "True/-/-/UpToDate");
  story.seen.content.digest = "d2";
  story.look();
  EXPECT_FALSE(story.has_live());
  EXPECT_EQ(story.state(), "False/True/-/HeldByRollout");
}

TEST(HeldByRollout, IsARetryAfterTheSequenceWasGivenUp) {
  Story story;
  story.look();
  story.ends(10);
  story.seen.held.expand = "shop";
  story.later(std::chrono::hours(1));
  story.look();
  EXPECT_FALSE(story.has_live());
}

TEST(HeldByRollout, LeavesARunUnderWayAlone) {
  Story story;
  story.look();
  story.runs();
  story.seen.held.expand = "shop";
  story.look();
  EXPECT_EQ(story.state(), "False/True/-/Running");
}

}  // namespace
