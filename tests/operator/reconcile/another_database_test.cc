// The gate lets code in by what the database has reached: another one may not have reached it.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/story.h"

namespace {

using story::Story;

TEST(Decide, ForgetsTheHeadsOfTheDatabaseItPointedAtBefore) {
  Story story = Story::done();
  ASSERT_FALSE(story.seen.status.heads.empty());
  story.edits();
  story.seen.resource.spec.database.url_from = spec::SecretKeyRef{.name = "other", .key = "url"};
  story.look();
  EXPECT_EQ(story.condition("Ready"), "False/Running");
  EXPECT_TRUE(story.seen.status.heads.empty());
  story.ends(0);
  EXPECT_FALSE(story.seen.status.heads.empty());
}

TEST(Decide, ForgetsWhatARunOnTheOldDatabaseStillTells) {
  Story story;
  story.look();
  story.runs();
  story.edits();
  story.seen.resource.spec.database.url_from = spec::SecretKeyRef{.name = "other", .key = "url"};
  story.ends(0);
  EXPECT_TRUE(story.seen.status.heads.empty());
}

}  // namespace
