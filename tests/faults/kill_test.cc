// kill -9 at any instant: the next run finishes, and schema, ledger and journal are those of a run that nobody killed
// (issue 3; run-protocol, Lock 2 and A non-transactional step 1).
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <random>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using support::Program;

namespace {

constexpr int kRevisions = 40;

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

class Kill : public testing::TestWithParam<int> {};

}  // namespace

// The seed is the parameter: a failure can be looked at again.
TEST_P(Kill, AtRandomInstantsLosesNothingAndDoesNothingTwice) {
  constexpr int kInstants = 10;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  const Truth& truth = unkilled();
  for (int i = 0; i < kInstants; ++i) {
    const MigratorWorld world;
    fill(world);
    Program run(world.command({"run"}), world.environment());
    const auto instant = std::uniform_int_distribution<long>(0, truth.took.count())(random);
    ::usleep(static_cast<useconds_t>(instant));
    run.signal(9);
    run.wait();
    const Finished next = world.sluice({"run"});
    ASSERT_EQ(next.code, 0) << "killed after " << instant << " us: " << next.out << next.err;
    ASSERT_EQ(world.schema(), truth.schema) << "killed after " << instant << " us";
    ASSERT_EQ(world.versions(), truth.versions);
    ASSERT_EQ(world.succeeded(), truth.succeeded) << "killed after " << instant << " us";
    ASSERT_EQ(rows(world), truth.rows) << "killed after " << instant << " us";
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Kill, testing::Range(1, 11));
