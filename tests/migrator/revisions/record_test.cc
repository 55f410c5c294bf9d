#include "migrator/revisions/record.h"

#include <gmock/gmock.h>

#include "tests/migrator/revisions/build.h"

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// run-protocol, State: every ancestor of a head must have a journal row.
TEST(WithoutRecord, FindsA005ThatCameAfter006WasApplied) {
  const auto graph = test::graph({{"004"}, {"005", {"004"}}, {"006", {"005"}}});
  const auto found = without_record(graph, {"006"}, {"004", "006"});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(out_of_order_message(found), HasSubstr("005_x.up.sql"));
}
TEST(WithoutRecord, IsContentWhenAllThatIsImpliedIsRecorded) {
  EXPECT_THAT(without_record(test::chain(), {"a2"}, {"a1", "a2"}), IsEmpty());
}
TEST(WithoutRecord, AsksNothingOfWhatIsPending) { EXPECT_THAT(without_record(test::chain(), {}, {}), IsEmpty()); }

// guides E12
TEST(Edited, FindsAFileThatIsNotWhatWasApplied) {
  const auto graph = test::chain();
  const auto found = edited(graph, {{"a1", "sha of a1"}, {"a2", "another"}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(edited_message(found), HasSubstr("a2_x.up.sql"));
}
TEST(Edited, TakesAStampWithoutChecksumForNothing) { EXPECT_THAT(edited(test::chain(), {{"a1", ""}}), IsEmpty()); }
TEST(Edited, LeavesRecordsWithoutAFileToThePlan) { EXPECT_THAT(edited(test::chain(), {{"zz", "1"}}), IsEmpty()); }
