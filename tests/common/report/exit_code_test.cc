#include "common/report/exit_code.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using report::ExitCode;

constexpr ExitCode kAll[] = {ExitCode::kDone,
                             ExitCode::kUsage,
                             ExitCode::kNotNow,
                             ExitCode::kNotAllowed,
                             ExitCode::kStepFailed,
                             ExitCode::kHistoryMismatch,
                             ExitCode::kHalfDone,
                             ExitCode::kCheckBeforeFailed,
                             ExitCode::kCheckAfterFailed,
                             ExitCode::kWentBack,
                             ExitCode::kNotWentBack,
                             ExitCode::kBackupFailed,
                             ExitCode::kRefused,
                             ExitCode::kWaitTimeout,
                             ExitCode::kInternal,
                             ExitCode::kCancelled};

TEST(ExitCode, HasOneReasonEach) {
  std::set<std::string_view> reasons;
  for (const ExitCode code : kAll) reasons.insert(report::reason(code));
  EXPECT_EQ(reasons.size(), std::size(kAll));
}

TEST(ExitCode, TakesAnUnknownCodeForAnInternalError) {
  EXPECT_EQ(report::reason(static_cast<ExitCode>(137)), "InternalError");
  EXPECT_EQ(report::meaning(static_cast<ExitCode>(137)), "internal error");
}

}  // namespace
