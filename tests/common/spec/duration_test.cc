#include <gtest/gtest.h>

#include "common/spec/spec.h"

namespace {

using std::chrono::milliseconds;

TEST(Duration, ReadsEachUnitAndTheirSum) {
  EXPECT_EQ(spec::parse_duration("250ms"), milliseconds{250});
  EXPECT_EQ(spec::parse_duration("5s"), milliseconds{5000});
  EXPECT_EQ(spec::parse_duration("10m"), milliseconds{600000});
  EXPECT_EQ(spec::parse_duration("1h30m"), milliseconds{5400000});
  EXPECT_EQ(spec::parse_duration("0s"), milliseconds{0});
  EXPECT_EQ(spec::parse_duration("0"), milliseconds{0});
}

TEST(Duration, RefusesWhatHasNoUnitOrIsNegativeOrTooLong) {
  for (const char* text :
       {"", "5", "s", "-5s", "5 s", "5d", "1.5s", "5s5", "99999999999999999999h", "9999999999999999h"}) {
    EXPECT_EQ(spec::parse_duration(text), std::nullopt) << text;
  }
}

// The CRD's pattern says the same: what it takes fits Go's durations, in which CEL reckons.
TEST(Duration, HasAtMostFourPartsOfSoManyDigits) {
  for (const char* text : {"999999999999ms", "999999999s", "9999999m", "99999h", "99999h99999h99999h99999h"}) {
    EXPECT_NE(spec::parse_duration(text), std::nullopt) << text;
  }
  for (const char* text : {"1000000000000ms", "1000000000s", "10000000m", "100000h", "1h1m1s1ms1h"}) {
    EXPECT_EQ(spec::parse_duration(text), std::nullopt) << text;
  }
}

TEST(Duration, IsWrittenAsItWouldBeRead) {
  EXPECT_EQ(spec::format_duration(milliseconds{0}), "0s");
  EXPECT_EQ(spec::format_duration(milliseconds{5400000}), "1h30m");
  EXPECT_EQ(spec::format_duration(milliseconds{90061001}), "25h1m1s1ms");
}

}  // namespace
