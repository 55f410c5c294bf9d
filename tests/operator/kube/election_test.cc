// Who leads, by a clock that tests own: 15 s to expire, 10 s to renew by, 2 s between tries.
#include <gtest/gtest.h>

#include "operator/kube/lease.h"

namespace {

using kube::Election;
using kube::LeaseRecord;
using Step = kube::Election::Step;
using std::chrono::seconds;

class ElectionTest : public testing::Test {
 protected:
  Election election{"us", {}};
  Election::TimePoint start{std::chrono::hours(1)};

  static LeaseRecord held_by(const std::string& holder, const std::string& renewed = "t0") {
    return {.holder = holder, .renew_time = renewed};
  }
};

TEST_F(ElectionTest, TakesALeaseThatIsNotThere) { EXPECT_EQ(election.seen(std::nullopt, start), Step::kAcquire); }

TEST_F(ElectionTest, TakesAReleasedLease) { EXPECT_EQ(election.seen(held_by(""), start), Step::kAcquire); }

TEST_F(ElectionTest, WaitsForAnother) {
  EXPECT_EQ(election.seen(held_by("other"), start), Step::kWait);
  EXPECT_FALSE(election.is_leading());
}

// However old the holder's own time stamp is: its clock may be wrong.
TEST_F(ElectionTest, TakesItWhenTheRecordHasNotChangedFor15Seconds) {
  EXPECT_EQ(election.seen(held_by("other"), start), Step::kWait);
  EXPECT_EQ(election.seen(held_by("other"), start + seconds(14)), Step::kWait);
  EXPECT_EQ(election.seen(held_by("other"), start + seconds(15)), Step::kAcquire);
}

TEST_F(ElectionTest, StartsAnewWithEachRenewalOfAnother) {
  EXPECT_EQ(election.seen(held_by("other", "t0"), start), Step::kWait);
  EXPECT_EQ(election.seen(held_by("other", "t1"), start + seconds(14)), Step::kWait);
  EXPECT_EQ(election.seen(held_by("other", "t1"), start + seconds(20)), Step::kWait);
}

TEST_F(ElectionTest, GoesByTheDurationThatTheHolderWrote) {
  LeaseRecord longer = held_by("other");
  longer.duration = seconds(60);
  EXPECT_EQ(election.seen(longer, start), Step::kWait);
  EXPECT_EQ(election.seen(longer, start + seconds(59)), Step::kWait);
  EXPECT_EQ(election.seen(longer, start + seconds(60)), Step::kAcquire);
}

TEST_F(ElectionTest, RenewsWhatItHolds) {
  election.wrote(start);
  EXPECT_TRUE(election.is_leading());
  EXPECT_EQ(election.seen(held_by("us"), start + seconds(2)), Step::kRenew);
}

TEST_F(ElectionTest, GoesOnLeadingThroughAShortFailure) {
  election.wrote(start);
  EXPECT_EQ(election.failed(start + seconds(9)), Step::kWait);
  EXPECT_EQ(election.seen(held_by("us"), start + seconds(9)), Step::kRenew);
}

// operator-protocol, Runtime 1: a lost lease = exit
TEST_F(ElectionTest, IsLostWhenItCouldNotRenewFor10Seconds) {
  election.wrote(start);
  EXPECT_EQ(election.failed(start + seconds(10)), Step::kLost);
  EXPECT_EQ(election.seen(held_by("us"), start + seconds(10)), Step::kLost);
}

TEST_F(ElectionTest, IsLostWhenAnotherHoldsIt) {
  election.wrote(start);
  EXPECT_EQ(election.seen(held_by("other"), start + seconds(2)), Step::kLost);
}

TEST_F(ElectionTest, IsLostWhenSomebodyDeletedIt) {
  election.wrote(start);
  EXPECT_EQ(election.seen(std::nullopt, start + seconds(2)), Step::kLost);
}

TEST_F(ElectionTest, NeverLosesWhatItNeverHad) { EXPECT_EQ(election.failed(start + seconds(100)), Step::kWait); }

TEST(LeaseIdentity, DiffersEachTime) { EXPECT_NE(kube::lease_identity(), kube::lease_identity()); }

}  // namespace
