// common/report/exit_code.h: the exit codes of `sluice`, the contract with the operator (docs/exit-codes.md).
#pragma once
#include <string_view>

namespace report {

enum class ExitCode : int {
  kDone = 0,                ///< done, or nothing to do
  kUsage = 2,               ///< wrong usage or spec
  kNotNow = 10,             ///< unreachable, locked, standby, content changed between hash and read: retry
  kNotAllowed = 11,         ///< can't log in or not allowed: retry (a rotated Secret heals it)
  kStepFailed = 20,         ///< a step failed and was rolled back; earlier steps stand
  kHistoryMismatch = 21,    ///< files and database disagree
  kHalfDone = 22,           ///< a non-transactional step is half done; a rerun goes on at statement k
  kCheckBeforeFailed = 23,  ///< a check before failed; nothing was changed
  kCheckAfterFailed = 24,   ///< all applied, a check after failed, left so
  kWentBack = 30,           ///< the previous state was restored
  kNotWentBack = 31,        ///< not or not fully gone back: a person must act
  kBackupFailed = 32,       ///< the backup failed or can't be made; nothing was changed
  kRefused = 40,            ///< approval or --yes is missing
  kWaitTimeout = 50,        ///< `wait`: not there within the time
  kInternal = 70,           ///< internal error: the outcome is read from the database
  kCancelled = 143,         ///< cancelled by SIGTERM, cleanly
};

/// A stable CamelCase word for each code, as it stands in results and conditions ("StepFailed"). Never empty.
std::string_view reason(ExitCode code);

/// What each code means in one sentence, for people.
std::string_view meaning(ExitCode code);

}  // namespace report
