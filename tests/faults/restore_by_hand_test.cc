// A restore that a person asked for and that is cut off: before it changed anything it is over, afterwards it is
// finished (run-protocol, Going back 2).
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using support::PausedSluice;
using testing::HasSubstr;

namespace {

struct Point {
  std::string method = {}, failpoint = {};
};

std::string named(const testing::TestParamInfo<Point>& point) {
  std::string name = point.param.method + "_" + point.param.failpoint;
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

/// Two revisions, a backup of them, and a row that somebody wrote afterwards.
class ByHand : public testing::Test {
 protected:
  ByHand() {
    world_.tables(2);
    EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
    EXPECT_EQ(world_.sluice({"backup", "--backup-dir", world_.backups()}).code, 0);
    world_.ask("INSERT INTO t1 VALUES (8, 'later')");
  }
  std::vector<std::string> restore(const std::string& method) const {
    return {"restore", "latest", "--backup-dir", world_.backups(), "--method", method, "--yes"};
  }
  void kill_at(const Point& point) const {
    const Finished killed = world_.sluice(restore(point.method), {"SLUICE_FAILPOINT=" + point.failpoint + "=kill"});
    ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.out << killed.err;
  }
  /// Sends SIGTERM while the restore stands at the point.
  Finished terminated_at(const Point& point) const {
    PausedSluice paused(world_, restore(point.method), point.failpoint);
    paused.signal(SIGTERM);
    return paused.finish();
  }
  bool was_restored() const { return world_.ask("SELECT count(*) FROM t1 WHERE id = 8") == "0"; }
  /// Of an unfinished restore: its table, and the databases it made.
  std::string leftovers() const {
    return world_.ask(
        "SELECT (SELECT count(*) FROM pg_class WHERE relname = 'sluice_restore') || ' ' || (SELECT count(*) FROM "
        "pg_database WHERE datname LIKE current_database() || '\\_restore%')");
  }
  const MigratorWorld world_ = {};
};

class ByHandUndecided : public ByHand, public testing::WithParamInterface<Point> {};
INSTANTIATE_TEST_SUITE_P(Before, ByHandUndecided,
                         testing::Values(Point{"swap", "restore-intended"}, Point{"swap", "restore-created"},
                                         Point{"swap", "restore-played"}, Point{"in-place", "restore-dropped"}),
                         named);

TEST_P(ByHandUndecided, CancelledIsOverAndSaysHowToBeginAgain) {
  const Finished ended = terminated_at(GetParam());
  EXPECT_EQ(ended.code, 143) << ended.out << ended.err;
  EXPECT_THAT(last_value(ended.out, "message"), HasSubstr("nothing was changed"));
  EXPECT_THAT(last_value(ended.out, "next"), HasSubstr("sluice restore 2"));
  EXPECT_EQ(leftovers(), "0 0");
  EXPECT_FALSE(was_restored());
  // The next run has nothing of it to finish.
  world_.tables(3);
  EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
  EXPECT_FALSE(was_restored());
}

// The permission was a person's, at that time: hours later an unattended run doesn't take it for its own.
TEST_P(ByHandUndecided, KilledIsNotContinuedUnasked) {
  kill_at(GetParam());
  world_.tables(3);
  const Finished next = world_.sluice({"upgrade"});
  EXPECT_EQ(next.code, 0) << next.out << next.err;
  EXPECT_THAT(next.out, HasSubstr("to begin it again: sluice restore " + world_.backups()));
  EXPECT_EQ(leftovers(), "0 0");
  EXPECT_FALSE(was_restored());
  EXPECT_EQ(world_.versions(), "003");
}

TEST_F(ByHand, KilledIsNoObstacleWhenItsBackupIsGone) {
  kill_at({"swap", "restore-created"});
  std::filesystem::remove_all(world_.backups());
  world_.tables(3);
  EXPECT_EQ(world_.sluice({"upgrade"}).code, 0);
  EXPECT_FALSE(was_restored());
}

// The new database is whole, and the old one still takes connections: nothing was changed yet.
class ByHandReady : public ByHand, public testing::WithParamInterface<Point> {};
INSTANTIATE_TEST_SUITE_P(Before, ByHandReady,
                         testing::Values(Point{"swap", "restore-ready"}, Point{"swap", "restore-forgotten"}), named);

TEST_P(ByHandReady, KilledIsNotContinuedUnasked) {
  kill_at(GetParam());
  world_.tables(3);
  const Finished next = world_.sluice({"upgrade"});
  EXPECT_EQ(next.code, 0) << next.out << next.err;
  EXPECT_THAT(next.out, HasSubstr("to begin it again: sluice restore " + world_.backups()));
  EXPECT_EQ(leftovers(), "0 0");
  EXPECT_FALSE(was_restored());
}

class ByHandDecided : public ByHand, public testing::WithParamInterface<Point> {};
INSTANTIATE_TEST_SUITE_P(After, ByHandDecided,
                         testing::Values(Point{"swap", "restore-closed"}, Point{"swap", "restore-switched"},
                                         Point{"in-place", "restore-compared"}, Point{"in-place", "restore-committed"}),
                         named);

TEST_P(ByHandDecided, CancelledIsFinished) {
  const Finished ended = terminated_at(GetParam());
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(leftovers(), "0 0");
  EXPECT_TRUE(was_restored());
}

/// Killed while the database is closed: whatever comes next, nobody can have written since.
class ByHandClosed : public ByHand {
 protected:
  void expect_that_it_is_finished_by(const std::vector<std::string>& words) const {
    kill_at({"swap", "restore-closed"});
    const Finished next = world_.sluice(words);
    EXPECT_EQ(next.code, 0) << next.out << next.err;
    EXPECT_TRUE(was_restored());
    EXPECT_EQ(leftovers(), "0 0");
  }
};

TEST_F(ByHandClosed, IsFinishedByARun) { expect_that_it_is_finished_by({"run"}); }
TEST_F(ByHandClosed, IsFinishedByADowngrade) { expect_that_it_is_finished_by({"downgrade", "-1", "--yes"}); }
TEST_F(ByHandClosed, IsFinishedByAStamp) { expect_that_it_is_finished_by({"stamp", "heads"}); }
TEST_F(ByHandClosed, IsFinishedByABackup) {
  expect_that_it_is_finished_by({"backup", "--backup-dir", world_.backups()});
}
TEST_F(ByHandClosed, IsFinishedByTheSameRestoreAgain) { expect_that_it_is_finished_by(restore("swap")); }

}  // namespace
