// sluice.sum stands for the files only while it fits them (run-protocol, State).
#include "migrator/layouts/sum.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/postgres_server.h"

using testing::HasSubstr;

namespace {

class Sum : public testing::Test {
 protected:
  Sum() {
    folder_.write("001_a.sql", "select 1;");
    folder_.write("002_b c.sql", "");
    write();
  }
  void write() const { folder_.write("sluice.sum", layouts::sum_of(layouts::read_folder(folder_.path()))); }
  layouts::Sum read() const { return layouts::read_sum(folder_.path()); }
  std::string problem() const {
    const layouts::Sum sum = read();
    EXPECT_EQ(sum.digest.empty(), !sum.problem.empty());
    return sum.problem;
  }

  support::TemporaryFolder folder_;
};

}  // namespace

TEST_F(Sum, IsTheDigestOfTheFilesItLists) {
  EXPECT_EQ(problem(), "");
  EXPECT_EQ(read().digest, layouts::digest(layouts::read_folder(folder_.path())));
  folder_.write("README.md", "no migration");
  EXPECT_EQ(problem(), "");
}

TEST_F(Sum, IsNotTakenWhereAFileWasAdded) {
  folder_.write("003_c.sql", "select 3;");
  EXPECT_EQ(problem(), "it doesn't list 003_c.sql");
  write();
  EXPECT_EQ(problem(), "");
}

TEST_F(Sum, IsNotTakenWhereAFileIsGone) {
  std::filesystem::remove(folder_.path() + "/001_a.sql");
  EXPECT_EQ(problem(), "it lists files that aren't there");
}

TEST_F(Sum, IsNotTakenWhereAFileIsAnother) {
  std::filesystem::rename(folder_.path() + "/001_a.sql", folder_.path() + "/001_other.sql");
  EXPECT_EQ(problem(), "it doesn't list 001_other.sql");
}

TEST_F(Sum, IsNotTakenWhereASizeIsAnother) {
  folder_.write("001_a.sql", "select 10;");
  EXPECT_EQ(problem(), "001_a.sql has another size than it lists");
}

// As versions before wrote it: the digest alone.
TEST_F(Sum, IsNotTakenWithoutItsFiles) {
  folder_.write("sluice.sum", std::string(64, 'a') + "\n");
  EXPECT_EQ(problem(), "it lists no files");
  folder_.write("sluice.sum", "nonsense\n");
  EXPECT_THAT(problem(), HasSubstr("digest"));
}

TEST_F(Sum, IsNotMissedWhereThereIsNone) {
  std::filesystem::remove(folder_.path() + "/sluice.sum");
  EXPECT_EQ(read().digest, "");
  EXPECT_EQ(read().problem, "");
}
