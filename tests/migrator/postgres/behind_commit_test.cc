// An error that comes behind COMMIT, while the session is reset: the step is committed, and counts as done.
#include <atomic>
#include <thread>

#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

enum class Way { kShared, kWindows, kTogether };

class BehindCommit : public ApplyFixture, public testing::WithParamInterface<Way> {
 protected:
  BehindCommit() {
    options.cancelled = [this] { return cancelled_.load(); };
    pid_ = apply_pid();
    gate_.execute("SELECT pg_advisory_lock(77)");
  }
  /// DISCARD TEMP wants to write to pg_depend: held up there from before the COMMIT on, until SIGTERM has come.
  void cancel_the_reset() {
    support::eventually([&] { return one("SELECT count(*) FROM pg_locks WHERE objid = 77 AND NOT granted") == "1"; });
    holder_.execute("BEGIN; LOCK TABLE pg_catalog.pg_depend IN SHARE MODE");
    gate_.execute("SELECT pg_advisory_unlock(77)");
    support::eventually([&] { return done() == "s"; });
    cancelled_ = true;
    support::eventually(
        [&] { return one("SELECT query LIKE 'RESET SESSION%' FROM pg_stat_activity WHERE pid = " + pid_) == "t"; });
    holder_.execute("COMMIT");
  }
  std::optional<StepError> apply_in_this_way() {
    const std::string sent_alone = GetParam() == Way::kWindows ? "SET standard_conforming_strings = on;\n" : "";
    const StepSql made = step("s", sent_alone + "CREATE TEMP TABLE x (id int);\nSELECT pg_advisory_xact_lock(77)");
    return GetParam() == Way::kTogether ? applier().apply_in_one_transaction({made}) : apply(made);
  }

 private:
  std::atomic<bool> cancelled_ = false;
  std::string pid_;
  Session gate_ = Session::open(target), holder_ = Session::open(target);
};

INSTANTIATE_TEST_SUITE_P(Way, BehindCommit, testing::Values(Way::kShared, Way::kWindows, Way::kTogether),
                         [](const auto& each) {
                           return each.param == Way::kShared    ? "Shared"
                                  : each.param == Way::kWindows ? "InWindows"
                                                                : "Together";
                         });

TEST_P(BehindCommit, ACancelledResetLeavesTheStepDone) {
  std::thread ends([this] { cancel_the_reset(); });
  const auto failed = apply_in_this_way();
  ends.join();
  EXPECT_FALSE(failed) << failed->message;
  EXPECT_EQ(done(), "s");
}

}  // namespace
}  // namespace apply_test
