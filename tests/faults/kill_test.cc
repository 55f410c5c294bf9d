// kill -9 at any instant: the next run finishes, and schema, ledger and journal are those of a run that nobody killed
// (issue 3; run-protocol, Lock 2 and A non-transactional step 1).
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using support::Program;

namespace {

constexpr int kRevisions = 40;
constexpr int kFirstOutside = 5;  // the first of them outside a transaction
constexpr int kKills = 10;        // of each seed

void fill(const MigratorWorld& world) {
  for (int i = 1; i <= kRevisions; ++i) {
    const std::string n = std::to_string(i), previous = std::to_string(i - 1);
    if (i % 8 == 0) {
      world.revision(i, "CREATE INDEX CONCURRENTLY t" + previous + "_note ON t" + previous + "(note);\n");
    } else if (i % 8 == 5) {
      world.revision(i, "CREATE TABLE t" + n + " (id int, note text);\nCREATE INDEX CONCURRENTLY t" + n + "_a ON t" +
                            n + "(id);\nINSERT INTO t" + n + " VALUES (1, 'x');\nCREATE UNIQUE INDEX CONCURRENTLY t" +
                            n + "_b ON t" + n + "(note);\nDROP INDEX CONCURRENTLY t" + n + "_a;\n");
    } else {
      world.revision(i, "CREATE TABLE t" + n + " (id int, note text);\nINSERT INTO t" + n +
                            " SELECT i, 'n' || i FROM generate_series(1, 200) i;\nSELECT pg_sleep(0.004);\n");
    }
  }
}

std::string rows(const MigratorWorld& world) {
  return world.ask(
      "SELECT string_agg(relname || ' ' || (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ' || "
      "relname, false, true, '')))[1]::text, ', ' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relname LIKE "
      "'t%'"
      " AND relnamespace = 'public'::regnamespace");
}

struct Truth {
  std::string schema = {}, versions = {}, succeeded = {}, rows = {};
  std::chrono::microseconds took = {};
};

Truth truth_of(const MigratorWorld& world) {
  return {.schema = world.schema(), .versions = world.versions(), .succeeded = world.succeeded(), .rows = rows(world)};
}

const Truth& unkilled() {
  static const Truth truth = [] {
    const MigratorWorld world;
    fill(world);
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(world.sluice({"run"}).code, 0);
    const auto took = std::chrono::steady_clock::now() - started;
    Truth found = truth_of(world);
    found.took = std::chrono::duration_cast<std::chrono::microseconds>(took);
    return found;
  }();
  return truth;
}

/// A run killed after that many microseconds. false: it had ended well before.
bool is_killed_after(const MigratorWorld& world, long instant) {
  Program run(world.command({"run"}), world.environment());
  ::usleep(static_cast<useconds_t>(instant));
  run.signal(SIGKILL);
  const Finished ended = run.wait();
  if (ended.code == 128 + SIGKILL) return true;
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  return false;
}

void expect_that_the_next_run_finishes(const MigratorWorld& world) {
  const Finished next = world.sluice({"run"});
  ASSERT_EQ(next.code, 0) << next.out << next.err;
  const Truth& truth = unkilled();
  ASSERT_EQ(world.schema(), truth.schema);
  ASSERT_EQ(world.versions(), truth.versions);
  ASSERT_EQ(world.succeeded(), truth.succeeded);
  ASSERT_EQ(rows(world), truth.rows);
}

/// How far killed runs got, each asked after the next one.
struct Reached {
  int killed = 0, between_revisions = 0, outside = 0;

  void add(const MigratorWorld& world) {
    const std::string of_the_killed =
        "SELECT count(*) FROM sluice.sluice_journal WHERE run <> (SELECT run FROM sluice.sluice_run ORDER BY id DESC "
        "LIMIT 1) AND result = ";
    const int applied = std::stoi(world.ask(of_the_killed + "'succeeded'"));
    const int cut_off = std::stoi(world.ask(of_the_killed + "'failed'"));  // only outside a transaction
    ++killed;
    if (applied >= 1 && applied < kRevisions) ++between_revisions;
    if (applied >= kFirstOutside || cut_off > 0) ++outside;
  }
  bool is_enough() const { return killed >= kKills && between_revisions > 0 && outside > 0; }
  std::string in_words() const {
    return std::to_string(killed) + " runs were killed, " + std::to_string(between_revisions) +
           " of them after their first revision and before their last, " + std::to_string(outside) +
           " in or after a step outside a transaction";
  }
};

class Kill : public testing::TestWithParam<int> {};

}  // namespace

// The seed is the parameter: a failure can be looked at again. The first instants are spread over the time that a run
// takes, one into each tenth of it; where a run had ended before, or none got far, others are drawn.
TEST_P(Kill, AtRandomInstantsLosesNothingAndDoesNothingTwice) {
  constexpr int kMostDraws = 40;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  long longest = unkilled().took.count();
  Reached reached;
  for (int draws = 0; !reached.is_enough(); ++draws) {
    ASSERT_LT(draws, kMostDraws) << reached.in_words();
    if (reached.killed >= kKills) longest += longest / 4;  // the machine is slower than when that was measured
    const long part = longest / kKills, first = draws < kKills ? part * draws : 0;
    const long instant = std::uniform_int_distribution<long>(first, draws < kKills ? first + part : longest)(random);
    SCOPED_TRACE("killed after " + std::to_string(instant) + " us");
    const MigratorWorld world;
    fill(world);
    if (is_killed_after(world, instant)) {
      expect_that_the_next_run_finishes(world);
      if (HasFatalFailure()) return;
      reached.add(world);
    } else {
      longest = instant;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Kill, testing::Range(1, 11));
