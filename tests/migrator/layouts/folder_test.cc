#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "common/error.h"
#include "common/report/digest.h"
#include "migrator/layouts/layout.h"
#include "tests/migrator/revisions/build.h"
#include "tests/support/postgres_server.h"

using layouts::read_folder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const layouts::Folder& folder) {
  std::vector<std::string> result;
  for (const auto& file : folder.files) result.push_back(file.file);
  return result;
}

class Folder : public testing::Test {
 protected:
  std::string path() const { return folder_.path(); }
  std::string why_not() const {
    return test::message_of([this] { read_folder(path()); });
  }
  support::TemporaryFolder folder_;
};

}  // namespace

TEST_F(Folder, IsReadWholeAndSortedByName) {
  folder_.write("002_b.sql", "select 2;");
  folder_.write("001_a.sql", "");
  const auto folder = read_folder(path());
  EXPECT_THAT(names(folder), ElementsAre("001_a.sql", "002_b.sql"));
  EXPECT_EQ(folder.files[1].text, "select 2;");
  EXPECT_EQ(folder.files[1].sha256, report::sha256_hex("select 2;"));
}

TEST_F(Folder, LeavesOutWhatIsNoMigration) {
  for (const char* name : {"README.md", ".001_a.sql.swp", "._001_a.sql", "sluice.sum", "sub/002_b.sql", "001_a.sql~"})
    folder_.write(name, "x");
  EXPECT_THAT(names(read_folder(path())), IsEmpty());
}

TEST_F(Folder, TakesNamesWithDotsQuotesAndOtherScripts) {
  for (const char* name : {"001_a..b.sql", "002_it's \"so\".sql", "003_größe_価格.sql", "004_..sql"})
    folder_.write(name, "x");
  EXPECT_THAT(names(read_folder(path())),
              ElementsAre("001_a..b.sql", "002_it's \"so\".sql", "003_größe_価格.sql", "004_..sql"));
}

TEST_F(Folder, RefusesANameWithALineBreakAndShowsWhere) {
  folder_.write("001_a\nb.sql", "x");
  EXPECT_THAT(why_not(), HasSubstr("001_a\\x0ab.sql: its name has a control character"));
}

TEST_F(Folder, RefusesANameThatIsNotUtf8) {
  folder_.write(
      "001_gr\xf6\xdf"
      "e.sql",
      "x");
  EXPECT_THAT(why_not(), HasSubstr("001_gr\\xf6\\xdfe.sql: its name is not UTF-8"));
}

TEST_F(Folder, ReadsAFileOf50Megabytes) {
  const std::string text(50 << 20, 'x');
  folder_.write("001_large.sql", text);
  EXPECT_EQ(read_folder(path()).files[0].text.size(), text.size());
}

// operator-protocol, Sources 1: the volume of a ConfigMap is links into ..data, itself a link.
TEST_F(Folder, ReadsTheVolumeOfAConfigMap) {
  folder_.write("..2026_11_21_07_00_00.1/001_a.sql", "select 1;");
  fs::create_directory_symlink("..2026_11_21_07_00_00.1", path() + "/..data");
  fs::create_symlink("..data/001_a.sql", path() + "/001_a.sql");
  const auto folder = read_folder(path());
  EXPECT_THAT(names(folder), ElementsAre("001_a.sql"));
  EXPECT_EQ(folder.files[0].text, "select 1;");
}

TEST_F(Folder, IsOneVersionOfAConfigMapWhileTheNextArrives) {
  for (const char* version : {"1", "2"})
    for (const char* name : {"001_a.sql", "002_b.sql", "003_c.sql"})
      folder_.write("..version" + std::string(version) + "/" + name, version);
  fs::create_directory_symlink("..version1", path() + "/..data");
  for (const char* name : {"001_a.sql", "002_b.sql", "003_c.sql"})
    fs::create_symlink("..data/" + std::string(name), path() + "/" + name);
  std::atomic<bool> done = false;
  std::thread kubelet([&] {
    for (int i = 0; !done; ++i) {
      fs::create_directory_symlink(i % 2 ? "..version1" : "..version2", path() + "/..data_tmp");
      fs::rename(path() + "/..data_tmp", path() + "/..data");
    }
  });
  for (int i = 0; i < 200; ++i) {
    try {
      const auto folder = read_folder(path());
      EXPECT_EQ(folder.files[0].text, folder.files[1].text);
      EXPECT_EQ(folder.files[0].text, folder.files[2].text);
    } catch (const TransientError&) {  // turned under every attempt: nothing was read
    }
  }
  done = true;
  kubelet.join();
}

TEST_F(Folder, RefusesALinkThatLeavesIt) {
  const support::TemporaryFolder outside;
  fs::create_symlink(outside.write("secret.sql", "x"), path() + "/001_a.sql");
  EXPECT_THAT(why_not(), HasSubstr("001_a.sql: it is a link that leaves the folder"));
}

TEST_F(Folder, RefusesALinkIntoAFolderWhoseNameOnlyBeginsTheSame) {
  folder_.write("db/keep.txt", "");
  fs::create_symlink(folder_.write("db2/x.sql", "x"), path() + "/db/001_a.sql");
  EXPECT_THAT(test::message_of([this] { read_folder(path() + "/db"); }), HasSubstr("leaves the folder"));
}

TEST_F(Folder, RefusesALinkThatLeadsNowhere) {
  fs::create_symlink("gone.sql", path() + "/001_a.sql");
  EXPECT_THAT(why_not(), HasSubstr("001_a.sql: it leads nowhere"));
}

TEST_F(Folder, MayItselfBeALink) {
  folder_.write("real/001_a.sql", "x");
  fs::create_directory_symlink("real", path() + "/link");
  EXPECT_THAT(names(read_folder(path() + "/link")), ElementsAre("001_a.sql"));
}

TEST_F(Folder, NamesEveryFileThatCannotBeRead) {
  folder_.write("001_a.sql/inside", "x");
  ASSERT_EQ(mkfifo((path() + "/002_b.sql").c_str(), 0600), 0);
  EXPECT_THAT(why_not(), HasSubstr("001_a.sql: it is not a regular file"));
  EXPECT_THAT(why_not(), HasSubstr("002_b.sql: it is not a regular file"));
}

TEST_F(Folder, SaysWhyAFileIsUnreadable) {
  folder_.write("001_a.sql", "x");
  fs::permissions(path() + "/001_a.sql", fs::perms::none);
  const uid_t before = geteuid();
  fs::permissions(path(), fs::perms::all);
  ASSERT_TRUE(before != 0 || seteuid(65534) == 0);  // permissions bind only those who aren't root
  const std::string message = why_not();
  ASSERT_EQ(seteuid(before), 0);
  EXPECT_THAT(message, HasSubstr("001_a.sql: Permission denied"));
}

TEST_F(Folder, ThatIsNotThereIsWrongUsage) {
  try {
    read_folder(path() + "/nowhere");
    FAIL();
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("nowhere: No such file or directory"));
  }
}

TEST_F(Folder, HasADigestThatChangesWithNamesAndBytesOnly) {
  folder_.write("001_a.sql", "x");
  const std::string before = digest(read_folder(path()));
  folder_.write("README.md", "about");
  EXPECT_EQ(digest(read_folder(path())), before);
  folder_.write("001_a.sql", "y");
  EXPECT_NE(digest(read_folder(path())), before);
}

TEST_F(Folder, HasTheDigestThatAnyoneComputesFromNamesAndHashes) {
  folder_.write("001_a.sql", "x");
  EXPECT_EQ(digest(read_folder(path())), report::files_digest({{"001_a.sql", report::sha256_hex("x")}}));
}
