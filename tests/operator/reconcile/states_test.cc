// Every row of the table of states: operator-protocol, Status 5.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/rows.h"

namespace {

using story::Row;
using story::Story;

class States : public testing::TestWithParam<Row> {};

TEST_P(States, AreSaidAsTheTableHasThem) {
  Story story;
  GetParam().happens(story);
  EXPECT_EQ(story.state(), GetParam().state);
}

// kstatus reads the first of Reconciling and Stalled it finds; Ready must be there, or it takes the resource for
// current.
TEST_P(States, AreInOrderAndCarryTheGeneration) {
  Story story;
  GetParam().happens(story);
  const std::vector<reconcile::Condition>& conditions = story.seen.status.conditions;
  ASSERT_FALSE(conditions.empty());
  EXPECT_EQ(conditions.front().type, "Ready");
  EXPECT_EQ(story.seen.status.observed_generation, story.seen.generation);
  for (const reconcile::Condition& each : conditions) {
    EXPECT_EQ(each.observed_generation, story.seen.generation) << each.type;
    EXPECT_FALSE(each.reason.empty()) << each.type;
  }
}

// A second look at an unchanged world changes nothing: else status writes would go round for ever.
TEST_P(States, AreLeftAloneByASecondLook) {
  Story story;
  GetParam().happens(story);
  story.seen.refused.clear();
  const reconcile::Decision again = story.look();
  EXPECT_FALSE(again.status) << to_json(*again.status);
  EXPECT_TRUE(again.events.empty());
  EXPECT_FALSE(again.start);
}

INSTANTIATE_TEST_SUITE_P(Table, States, testing::ValuesIn(story::rows()),
                         [](const testing::TestParamInfo<Row>& each) { return each.param.name; });

TEST(States, UnseenHasNoConditionYet) {
  EXPECT_EQ(Story().state(), "-/-/-/-");
  EXPECT_EQ(Story().seen.status.observed_generation, -1);
}

}  // namespace
