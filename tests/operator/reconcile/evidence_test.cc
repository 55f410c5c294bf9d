// What a run came to stands in the status: Jobs and pods may go, and an evicted pod is no failure.
#include <gtest/gtest.h>

#include <random>

#include "tests/operator/reconcile/story.h"

namespace {

using reconcile::Decision;
using std::chrono::seconds;
using story::Story;

class Evidence : public testing::TestWithParam<int> {};

// Somebody deletes a Job that has failed: an operator that starts it anew goes round for ever.
TEST_P(Evidence, OfARunThatEndedMayBeDeletedAndNothingChanges) {
  Story story;
  story.look();
  story.ends(GetParam());
  const std::string state = story.state();
  story.seen.jobs.clear();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(story.look(), Decision{});
    story.later(seconds(3600));
  }
  EXPECT_EQ(story.state(), state);
}

INSTANTIATE_TEST_SUITE_P(Codes, Evidence, testing::Values(0, 2, 20, 21, 22, 24, 30, 31, 32));

TEST(Evidence, OfAnAttemptThatIsRetriedMayBeDeletedAndTheBackoffIsWaitedForAllTheSame) {
  Story story;
  story.look();
  story.ends(10);
  story.seen.jobs.clear();
  EXPECT_FALSE(story.look().start);
  story.later(seconds(9));
  EXPECT_FALSE(story.look().start);
  story.later(seconds(1));
  EXPECT_EQ(story.look().start->attempt, 2);
}

/// A resource to which anything may happen; the operator looks after each event.
class AnyStory : public testing::TestWithParam<unsigned> {
 protected:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }

  void happen() {
    switch (pick(10)) {
      case 0:
        story_.seen.content.digest = "d" + std::to_string(pick(3));
        return;
      case 1:
        story_.seen.resource.spec.suspend = !story_.seen.resource.spec.suspend;
        return story_.edits();
      case 2:
        story_.seen.retry += "r";
        return;
      case 3:
        story_.seen.cancel += "c";
        return;
      case 4:
        story_.seen.jobs.clear();
        return;
      case 5:
        if (story_.has_live()) story_.runs();
        return;
      case 6:
        story_.later(seconds(pick(600)));
        return;
      default:
        return end();
    }
  }

  /// The Job under way; or of one that is being deleted first the pod, then the Job.
  void end() {
    if (!story_.has_live()) return;
    const report::Result said = story::result(kCodes[pick(std::size(kCodes))]);
    if (!story_.live().deleting) {
      story_.ends(said);
    } else if (story_.live().pod.exit_code || pick(4) == 0) {
      story_.job_goes();
    } else {
      story_.pod_ends(said);
    }
  }

  void expect_sense() {
    const bool stalled = story_.condition("Stalled") != "-", reconciling = story_.condition("Reconciling") != "-";
    const bool ready = story_.condition("Ready").starts_with("True");
    EXPECT_LE(int{stalled} + int{reconciling} + int{ready}, 1) << story_.state();
    EXPECT_FALSE(stalled && story_.has_live()) << story_.state();
  }

  /// Stalled: whatever time passes, nothing is started.
  void expect_that_stalled_lasts() {
    if (story_.condition("Stalled") == "-") return;
    Story later = story_;
    for (int i = 0; i < 3; ++i) {
      later.later(seconds(1000));
      EXPECT_FALSE(later.look().start) << story_.state();
    }
  }

  static constexpr int kCodes[] = {0, 0, 10, 11, 20, 21, 22, 23, 24, 30, 31, 32, 40, 70, 143};
  std::mt19937 random_{GetParam()};
  Story story_;
};

// Argo CD aborts a sync at the first Degraded, Helm and Flux fail at the first Failed.
TEST_P(AnyStory, IsStalledOnlyWhereNoRunIsUnderWayAndNoneFollowsByItself) {
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    happen();
    story_.look();
    expect_sense();
    expect_that_stalled_lasts();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyStory, testing::Range(0U, 20U));

}  // namespace
