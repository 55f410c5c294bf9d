// design: a folder of plain SQL simply works. run-protocol, State: numbers compare as numbers.
#include <gmock/gmock.h>

#include "common/error.h"
#include "migrator/layouts/layout.h"
#include "tests/migrator/layouts/files.h"
#include "tests/migrator/revisions/build.h"

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::vector<revisions::Revision> read_numbered(const test::Files& files) {
  return read_revisions(test::folder(files), spec::Layout::kNumbered);
}
std::string why_not_numbered(const test::Files& files) {
  return test::message_of([&] { read_numbered(files); });
}
std::string id_of(const std::string& name) { return read_numbered({{name, ""}}).at(0).id; }

}  // namespace

TEST(NumberedLayout, TenComesAfterNine) {
  EXPECT_THAT(test::ids(read_numbered({{"10_b.sql", ""}, {"9_a.sql", ""}})), ElementsAre("9", "10"));
}
TEST(NumberedLayout, OrdersNumbersBeyond64Bits) {
  EXPECT_THAT(test::ids(read_numbered({{"100000000000000000000_b.sql", ""}, {"99999999999999999999_a.sql", ""}})),
              ElementsAre("99999999999999999999", "100000000000000000000"));
}
TEST(NumberedLayout, OneAndZeroOneAreDuplicates) {
  EXPECT_THAT(why_not_numbered({{"01_b.sql", ""}, {"1_a.sql", ""}}),
              HasSubstr("01_b.sql and 1_a.sql have the same number"));
}
TEST(NumberedLayout, TakesDottedVersionsWhole) { EXPECT_EQ(id_of("03.00.00_01_pre_x.sql"), "03.00.00_01"); }
TEST(NumberedLayout, TakesANumberAlone) { EXPECT_EQ(id_of("000001.sql"), "000001"); }
TEST(NumberedLayout, TakesADate) { EXPECT_EQ(id_of("2026-11-21_x.sql"), "2026-11-21"); }
TEST(NumberedLayout, LeavesAYearInTheSlugAlone) { EXPECT_EQ(id_of("001_2024_report.sql"), "001"); }
TEST(NumberedLayout, LeavesLettersAfterDigitsToTheSlug) { EXPECT_EQ(id_of("001-2fa.sql"), "001"); }
TEST(NumberedLayout, DottedVersionsFollowInOrder) {
  EXPECT_THAT(
      test::ids(read_numbered({{"02.10.00_01_b.sql", ""}, {"02.9.00_01_a.sql", ""}, {"02.10.00_01_02_c.sql", ""}})),
      ElementsAre("02.9.00_01", "02.10.00_01", "02.10.00_01_02"));
}
TEST(NumberedLayout, NamesAFileWithoutNumber) {
  EXPECT_THAT(why_not_numbered({{"001_a.sql", ""}, {"seed.sql", ""}}),
              HasSubstr("seed.sql: its name is not NUMBER_name.sql"));
}
TEST(NumberedLayout, HonoursTransactionOffInAPlainFile) {
  EXPECT_EQ(read_numbered({{"1_a.sql", "-- transaction: off\n"}})[0].transaction, revisions::TransactionMode::kOff);
}
TEST(NumberedLayout, TakesACommentThatOnlyLooksLikeAKeyAsText) {
  EXPECT_EQ(read_numbered({{"1_a.sql", "-- phase: two of the move\n"}})[0].description, "phase: two of the move");
}
TEST(NumberedLayout, TakesQuotesAndOtherScriptsInTheSlug) {
  EXPECT_EQ(read_numbered({{"1_größe_'価格'.sql", ""}})[0].message, "größe '価格'");
}
