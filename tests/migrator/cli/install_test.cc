// `sluice install DIR` (design, "Working inside the user's own image").
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/postgres_server.h"

using support::binary;
using support::Finished;
using support::run_program;
using support::TemporaryFolder;
using testing::HasSubstr;

namespace {

bool is_program(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && (info.st_mode & 0111) == 0111;
}

}  // namespace

TEST(Install, CopiesItselfWithWhatLiesBesideIt) {
  const TemporaryFolder folder;
  const std::string beside = folder.path() + "/image";
  std::filesystem::create_directory(beside);
  std::filesystem::copy_file(binary("sluice"), beside + "/sluice");
  folder.write("image/pg_dump", "#!/bin/sh\n");
  folder.write("image/pg_restore", "#!/bin/sh\n");
  folder.write("image/ca-certificates.crt", "certificates\n");
  const std::string to = folder.path() + "/to";
  const Finished done = run_program({beside + "/sluice", "install", to});
  EXPECT_EQ(done.code, 0) << done.err;
  for (const char* name : {"sluice", "pg_dump", "pg_restore"}) EXPECT_TRUE(is_program(to + "/" + name)) << name;
  EXPECT_EQ(run_program({"cat", to + "/ca-certificates.crt"}).out, "certificates\n");
  EXPECT_THAT(run_program({to + "/sluice", "version"}).out, HasSubstr("sluice "));
}

TEST(Install, ReplacesWhatIsThereAndLeavesNothingUnfinished) {
  const TemporaryFolder folder;
  const std::string to = folder.path() + "/to";
  ASSERT_EQ(run_program({binary("sluice"), "install", to}).code, 0);
  ASSERT_EQ(run_program({to + "/sluice", "install", to}).code, 0);
  for (const auto& entry : std::filesystem::directory_iterator(to)) {
    EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("sluice", "ca-certificates.crt"));
  }
}

// Whoever never takes a backup needs no pg_dump, and the image may have its own.
TEST(Install, WarnsOfWhatItDoesNotHave) {
  const TemporaryFolder folder;
  const Finished text = run_program({binary("sluice"), "install", folder.path() + "/to"});
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.err, HasSubstr("warning: no pg_dump"));
  EXPECT_THAT(text.err, HasSubstr("warning: no pg_restore"));
  const Finished json = run_program({binary("sluice"), "install", folder.path() + "/to"}, {"SLUICE_OUTPUT=json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_THAT(json.out, HasSubstr(R"("missing":["pg_dump","pg_restore")"));
}

TEST(Install, SaysWhyItCannot) {
  const Finished done = run_program({binary("sluice"), "install", "/proc/no"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("/proc/no"));
}
