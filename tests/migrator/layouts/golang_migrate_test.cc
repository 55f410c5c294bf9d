// postgres-facts 1.4: golang-migrate's names.
#include <gmock/gmock.h>

#include "common/error.h"
#include "migrator/layouts/layout.h"
#include "tests/migrator/layouts/files.h"
#include "tests/migrator/revisions/build.h"

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::vector<revisions::Revision> read_golang_migrate(const test::Files& files) {
  return read_revisions(test::folder(files), spec::Layout::kGolangMigrate);
}
std::string why_not_golang_migrate(const test::Files& files) {
  return test::message_of([&] { read_golang_migrate(files); });
}

}  // namespace

TEST(GolangMigrateLayout, EndsTheNumberAtTheFirstUnderscore) {
  EXPECT_THAT(test::ids(read_golang_migrate({{"1_2_a.up.sql", ""}, {"3_b.up.sql", ""}})), ElementsAre("1", "3"));
}
TEST(GolangMigrateLayout, DoesNotMindGaps) {
  EXPECT_THAT(read_golang_migrate({{"1_a.up.sql", ""}, {"7_b.up.sql", ""}})[1].parents, ElementsAre("1"));
}
TEST(GolangMigrateLayout, LetsADownFileBeMissing) {
  EXPECT_EQ(read_golang_migrate({{"1_a.up.sql", ""}})[0].down, std::nullopt);
}
TEST(GolangMigrateLayout, PairsUpAndDownByNumber) {
  EXPECT_EQ(read_golang_migrate({{"1_a.up.sql", ""}, {"1_undo_a.down.sql", "drop"}})[0].down->text, "drop");
}
TEST(GolangMigrateLayout, NamesADownFileWithoutUpFile) {
  EXPECT_THAT(why_not_golang_migrate({{"1_a.down.sql", ""}}), HasSubstr("1_a.down.sql: there is no up file"));
}
TEST(GolangMigrateLayout, RefusesANameWithoutUpOrDown) {
  EXPECT_THAT(why_not_golang_migrate({{"1_a.sql", ""}}), HasSubstr("1_a.sql: its name is not NUMBER_name.up.sql"));
}
