#include <gmock/gmock.h>

#include "common/error.h"
#include "migrator/layouts/layout.h"
#include "tests/migrator/layouts/files.h"
#include "tests/migrator/revisions/build.h"

using spec::Layout;
using testing::HasSubstr;

namespace {

Layout detected(const test::Files& files) { return layouts::detect(test::folder(files)); }
std::string why_undetected(const test::Files& files) {
  return test::message_of([&] { detected(files); });
}

}  // namespace

TEST(Detect, AHeaderMeansSluicesOwn) {
  EXPECT_EQ(detected({{"3f2a9c_users.up.sql", "-- revision: 3f2a9c\nselect 1;"}}), Layout::kSluice);
}
TEST(Detect, AHeaderAfterAByteOrderMarkCounts) {
  EXPECT_EQ(detected({{"a_x.up.sql", "\xef\xbb\xbf-- revision: a\r\n"}}), Layout::kSluice);
}
TEST(Detect, PlainNumbersAreNumbered) { EXPECT_EQ(detected({{"001_a.sql", ""}, {"02.sql", ""}}), Layout::kNumbered); }
TEST(Detect, DottedNumbersAreNumbered) { EXPECT_EQ(detected({{"03.00.00_01_pre_x.sql", ""}}), Layout::kNumbered); }
TEST(Detect, UpAndDownNamesAreGolangMigrates) {
  EXPECT_EQ(detected({{"1_a.down.sql", ""}, {"1_a.up.sql", ""}}), Layout::kGolangMigrate);
}
TEST(Detect, TellsFlywayByItsNames) { EXPECT_EQ(detected({{"V1_1__users.sql", ""}}), Layout::kFlyway); }
TEST(Detect, TellsGooseByItsMarks) { EXPECT_EQ(detected({{"001_a.sql", "-- +goose Up\n"}}), Layout::kGoose); }
TEST(Detect, TellsDbmateByItsMarks) { EXPECT_EQ(detected({{"001_a.sql", "\n-- migrate:up\n"}}), Layout::kDbmate); }
TEST(Detect, TellsAlembicByItsFiles) {
  EXPECT_EQ(detected({{"1975ea83b712_x.py", "revision = '1'\ndown_revision = None\n"}}), Layout::kAlembic);
}
TEST(Detect, NamesTheFileThatHasNeitherHeaderNorNumber) {
  EXPECT_THAT(why_undetected({{"001_a.sql", ""}, {"schema.sql", ""}}), HasSubstr("schema.sql has neither a header"));
}
TEST(Detect, SaysThatAnEmptyFolderIsEmpty) {
  EXPECT_THAT(why_undetected({}), HasSubstr("there are no migrations in db"));
}

TEST(ReadRevisions, OfAToolThatIsNotReadAsSqlPointsToToolMode) {
  for (const Layout layout : {Layout::kAlembic, Layout::kFlyway, Layout::kDbmate, Layout::kGoose}) {
    EXPECT_THAT(test::message_of([&] {
                  layouts::read_revisions(test::folder({{"x.py", ""}}), layout);
                }),
                HasSubstr("not supported by this version; use tool mode: sluice run -- "));
  }
}
TEST(ReadRevisions, OfABatchedStepSaysThatItIsNotSupportedYet) {
  EXPECT_THAT(test::message_of([] {
                read_revisions(test::folder({{"1_a.sql", ""}, {"2_b.backfill.sql", ""}}), Layout::kAuto);
              }),
              HasSubstr("2_b.backfill.sql: batched steps"));
}
TEST(ReadRevisions, OfAFileSavedAsUtf16SaysSo) {
  const std::string text("s\0e\0l\0", 6);
  EXPECT_THAT(test::message_of([&] {
                read_revisions(test::folder({{"1_a.sql", text}}), Layout::kAuto);
              }),
              HasSubstr("1_a.sql: it holds zero bytes"));
}
