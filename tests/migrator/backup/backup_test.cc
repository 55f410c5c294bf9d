// Backups: whole or not there (run-protocol, Going back; guides S1, S3, S13).
#include "tests/migrator/backup/backups.h"

#include <sys/mount.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "migrator/backup/sha256.h"

namespace backup {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST_F(Backups, AreNamedByTimeDatabaseAndRevision) {
  const Backup made = make(target(), request_);
  EXPECT_THAT(made.file, MatchesRegex("[0-9]{8}T[0-9]{6}Z_.+_3f2a9c\\.dump"));
  EXPECT_THAT(made.file, HasSubstr(target().database()));
}

TEST_F(Backups, HoldOnlyPlainCharactersInTheirNames) {
  request_.read_heads = [](auto&) { return std::vector<std::string>{"../x y\n", "ü"}; };
  EXPECT_THAT(make(target(), request_).file, MatchesRegex(".*_-\\.-x-y-\\+--\\.dump"));
}

TEST_F(Backups, SayWhatTheyAreInAFileBesideThem) {
  const Backup made = make(target(), request_);
  const std::vector<Backup> listed = list(request_.folder);
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].file, made.file);
  EXPECT_THAT(listed[0].heads, ElementsAre("3f2a9c"));
  EXPECT_EQ(listed[0].run, "run-1");
  EXPECT_EQ(listed[0].mode, "full");
  EXPECT_EQ(listed[0].sha256, sha256_of_file(made.path()));
  EXPECT_EQ(listed[0].size_bytes, static_cast<std::int64_t>(fs::file_size(made.path())));
}

TEST_F(Backups, OfTheSchemaAloneHoldNoRows) {
  request_.mode = spec::BackupMode::kSchema;
  const Backup made = make(target(), request_);
  EXPECT_EQ(made.mode, "schema");
  EXPECT_THAT(support::run_program({"pg_restore", "--list", made.path()}).out, Not(HasSubstr("TABLE DATA")));
}

TEST_F(Backups, AreFoundByNameStemPathRunAndAsTheLatest) {
  const Backup first = make(target(), request_);
  request_.run = "run-2";
  const Backup second = make(target(), request_);
  EXPECT_EQ(latest(request_.folder, {second.database, second.ledger})->file, second.file);
  EXPECT_EQ(find(request_.folder, first.file)->file, first.file);
  EXPECT_EQ(find("/nowhere", first.path())->file, first.file);
  EXPECT_EQ(find(request_.folder, "run-1")->file, first.file);
  EXPECT_FALSE(find(request_.folder, "run-3").has_value());
}

// Put back later, it would make the next run restore an older backup unasked.
TEST_F(Backups, LeaveOutWhatAnUnfinishedRestoreIntends) {
  support::PostgresServer::psql(url_, "create schema \"Odd\"; create table \"Odd\".sluice_restore (document text)");
  const Backup made = make(target(), request_);
  const std::string listed = support::run_program({"pg_restore", "--list", made.path()}).out;
  EXPECT_THAT(listed, HasSubstr("TABLE public users"));
  EXPECT_THAT(listed, Not(HasSubstr("sluice_restore")));
}

// run-protocol, Going back 4
TEST_F(Backups, AreRefusedWhenTheServerIsNewerThanTheTool) {
  request_.pg_bin = tools_of("9.6.24");
  EXPECT_THAT(failure_of_make(), AllOf(HasSubstr("newer than"), HasSubstr("--pg-bin")));
}

TEST_F(Backups, AreRefusedBeforeAnythingRunsWhereTheToolCannotBeToldAll) {
  const postgres::Target with = target().with("sslpassword", "a-secret-password");
  EXPECT_THROW(check_possible(with, request_, 150000, 8'000'000), PermanentError);
}

TEST_F(Backups, SayWhereTheyLookedForTheTool) {
  request_.pg_bin = "/nowhere";
  EXPECT_THAT(failure_of_make(), AllOf(HasSubstr("pg_dump is not in /nowhere"), HasSubstr("--pg-bin")));
}

TEST_F(Backups, LeaveNothingWhenTheDumpFails) {
  support::PostgresServer::psql(url_, "revoke all on users from public");
  url_ = support::PostgresServer::shared().url_as(url_, "nobody_here", "a-secret-password");
  EXPECT_THAT(failure_of_make(), AllOf(HasSubstr("permission denied"), Not(HasSubstr("a-secret-password"))));
  EXPECT_THAT(names_in(request_.folder), IsEmpty());
}

TEST_F(Backups, LeaveNothingWhenTheyAreCancelled) {
  request_.cancelled = [] { return true; };
  EXPECT_THROW(make(target(), request_), TransientError);
  EXPECT_THAT(names_in(request_.folder), IsEmpty());
}

TEST_F(Backups, OfAKilledWriterAreNeverListedAndAreClearedAway) {
  fs::create_directories(request_.folder);
  std::ofstream(request_.folder + "/.partial-20200101T000000Z_app_base.dump") << "half";
  const Backup made = make(target(), request_);
  EXPECT_THAT(names_in(request_.folder), SizeIs(2));
  std::ofstream(request_.folder + "/half.json") << text_of(fs::path(made.path()).replace_extension(".json"));
  EXPECT_THAT(list(request_.folder), SizeIs(1));
  make(target(), request_);
  EXPECT_FALSE(fs::exists(request_.folder + "/half.json"));
}

// guides S13
TEST_F(Backups, KeepTheCredentialsOutOfTheToolsArguments) {
  const std::string log = folder_.path() + "/arguments";
  for (const std::string name : {"pg_dump", "pg_restore"}) {
    const std::string script =
        folder_.write("tools/" + name, "#!/bin/sh\necho \"$0 $@\" >> " + log + "\nexec /usr/bin/" + name + " \"$@\"\n");
    fs::permissions(script, fs::perms::owner_all);
  }
  request_.pg_bin = folder_.path() + "/tools";
  const std::string role = "asked_by_" + target().database();
  const std::string as_superuser = url_;
  url_ = support::PostgresServer::shared().url_as(url_, role, "a-secret-password");
  support::PostgresServer::psql(as_superuser, "grant select on all tables in schema public to \"" + role + "\"");
  make(target(), request_);
  EXPECT_THAT(text_of(log), AllOf(HasSubstr("--format=custom"), Not(HasSubstr("a-secret-password"))));
}

TEST_F(Backups, HoldOneMomentWhileAnotherApplicationWrites) {
  support::PostgresServer::psql(url_, "create table a (id int); create table b (id int)");
  const std::string file =
      folder_.write("write.sql", "begin; insert into a values (1); insert into b values (1); commit;");
  support::Program writer({"sh", "-c", "while :; do psql -Xq -d '" + url_ + "' -f " + file + "; done"});
  const auto rows = [&] { return support::PostgresServer::psql(url_, "select count(*) > 3 from b"); };
  ASSERT_TRUE(support::eventually([&] { return rows() == "t"; }));
  const Backup made = make(target(), request_);
  writer.signal(SIGKILL);
  const std::string copy = support::PostgresServer::shared().new_database();
  ASSERT_EQ(support::run_program({"pg_restore", "--dbname=" + copy, made.path()}).code, 0);
  EXPECT_EQ(support::PostgresServer::psql(copy, "select (select count(*) from a) = (select count(*) from b)"), "t");
}

// run-protocol, Lock 6: no lock is held by hand, and Alembic takes none
TEST_F(Backups, AreOfTheMomentThatTheirHeadsAreOf) {
  support::PostgresServer::psql(url_, "create table version (id text); insert into version values ('old')");
  request_.read_heads = [this](postgres::Session& session) {
    const std::vector<std::string> heads = {session.query("select id from version").at(0).at(0).value_or("")};
    support::PostgresServer::psql(url_, "update version set id = 'new'");
    return heads;
  };
  const Backup made = make(target(), request_);
  EXPECT_THAT(made.heads, ElementsAre("old"));
  const std::string copy = support::PostgresServer::shared().new_database();
  ASSERT_EQ(support::run_program({"pg_restore", "--dbname=" + copy, made.path()}).code, 0);
  EXPECT_EQ(support::PostgresServer::psql(copy, "select id from version"), "old");
}

class KilledBackup : public Backups, public testing::WithParamInterface<std::string> {};

TEST_P(KilledBackup, IsNeverListedAndLeavesNothingToTheNext) {
  const support::Finished killed =
      support::run_program({support::binary("restore_driver"), "backup", url_, request_.folder, "-"},
                           {"SLUICE_FAILPOINT=" + GetParam() + "=kill"});
  ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.err;
  EXPECT_THAT(list(request_.folder), IsEmpty());
  const auto dumps = [&] {
    return support::PostgresServer::psql(url_,
                                         "select count(*) from pg_stat_activity where application_name = 'sluice "
                                         "backup' and datname = current_database()");
  };
  EXPECT_TRUE(support::eventually([&] { return dumps() == "0"; }));
  make(target(), request_);
  EXPECT_THAT(names_in(request_.folder), SizeIs(2));
}

INSTANTIATE_TEST_SUITE_P(At, KilledBackup,
                         testing::Values("backup-started", "backup-write", "backup-written", "backup-half-renamed"));

TEST_F(Backups, CutShortAfterwardsAreNotListed) {
  const Backup made = make(target(), request_);
  fs::resize_file(made.path(), fs::file_size(made.path()) - 1);
  EXPECT_THAT(list(request_.folder), IsEmpty());
}

TEST_F(Backups, KeepTheCredentialsOutOfTheirFiles) {
  const std::string role = "owner_" + target().database();
  url_ = support::PostgresServer::shared().url_as(url_, role, "a-secret-password");
  support::PostgresServer::psql(support::PostgresServer::shared().url(target().database()),
                                "grant select on all tables in schema public to \"" + role + "\"");
  const Backup made = make(target(), request_);
  EXPECT_THAT(text_of(fs::path(made.path()).replace_extension(".json")), Not(HasSubstr("a-secret-password")));
}

/// A file system of one megabyte.
class FullFolder : public Backups {
 protected:
  FullFolder() {
    fs::create_directories(request_.folder);
    if (::mount("tmpfs", request_.folder.c_str(), "tmpfs", 0, "size=1m") != 0) throw std::runtime_error("mount tmpfs");
  }
  ~FullFolder() override { ::umount(request_.folder.c_str()); }
  void fill_database() {
    support::PostgresServer::psql(
        url_,
        "insert into users select n, md5(random()::text) || md5(random()::text) from generate_series(2000, 40000) n");
  }
};

TEST_F(FullFolder, StopsTheBackupAndLeavesNoHalfOne) {
  fill_database();
  EXPECT_THAT(failure_of_make(), AllOf(HasSubstr("is full"), HasSubstr("backup.keep")));
  EXPECT_THAT(names_in(request_.folder), IsEmpty());
}

TEST_F(FullFolder, IsSeenBeforeAnythingRuns) {
  constexpr std::int64_t kHundredMegabytes = 100'000'000;
  EXPECT_NO_THROW(check_possible(target(), request_, 150000, 8'000'000));
  try {
    check_possible(target(), request_, 150000, kHundredMegabytes);
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kBackupFailed);
    EXPECT_THAT(error.what(), HasSubstr("has room for"));
  }
}

}  // namespace
}  // namespace backup
