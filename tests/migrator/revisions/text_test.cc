#include "migrator/revisions/text.h"

#include <gmock/gmock.h>

using revisions::compare_versions;
using testing::ElementsAre;
using testing::IsEmpty;

// run-protocol, State: numbers compare as numbers.
TEST(CompareVersions, TenComesAfterNine) { EXPECT_GT(compare_versions("10", "9"), 0); }
TEST(CompareVersions, OneAndZeroOneAreTheSame) { EXPECT_EQ(compare_versions("1", "01"), 0); }
TEST(CompareVersions, WorksBeyond64Bits) {
  EXPECT_LT(compare_versions("99999999999999999998", "99999999999999999999"), 0);
}
TEST(CompareVersions, ComparesGroupByGroup) { EXPECT_LT(compare_versions("02.10.00_50", "03.00.00_01"), 0); }
TEST(CompareVersions, MoreGroupsComeAfterTheSameWithoutThem) { EXPECT_GT(compare_versions("1.2.1", "1.2"), 0); }
TEST(CompareVersions, ZeroesOnlyAreZero) { EXPECT_EQ(compare_versions("000", "0"), 0); }

TEST(Nearest, PutsTheClosestFirst) {
  EXPECT_THAT(revisions::nearest_of("3f2a9d", {"3f2b9e", "3f2a9c", "zzzzzz"}), ElementsAre("3f2a9c", "3f2b9e"));
}
TEST(Nearest, IsSilentWhenNothingIsClose) { EXPECT_THAT(revisions::nearest_of("abc", {"xyz", "123"}), IsEmpty()); }
