#include "common/report/exit_code.h"

namespace report {

std::string_view reason(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "Done";
    case ExitCode::kUsage:
      return "InvalidSpec";
    case ExitCode::kNotNow:
      return "NotNow";
    case ExitCode::kNotAllowed:
      return "AuthenticationFailed";
    case ExitCode::kStepFailed:
      return "StepFailed";
    case ExitCode::kHistoryMismatch:
      return "HistoryMismatch";
    case ExitCode::kHalfDone:
      return "HalfDone";
    case ExitCode::kCheckBeforeFailed:
      return "CheckBeforeFailed";
    case ExitCode::kCheckAfterFailed:
      return "CheckAfterFailed";
    case ExitCode::kWentBack:
      return "WentBack";
    case ExitCode::kNotWentBack:
      return "NotWentBack";
    case ExitCode::kBackupFailed:
      return "BackupFailed";
    case ExitCode::kRefused:
      return "Refused";
    case ExitCode::kWaitTimeout:
      return "WaitTimeout";
    case ExitCode::kInternal:
      return "InternalError";
    case ExitCode::kCancelled:
      return "Cancelled";
  }
  return "InternalError";
}

std::string_view meaning(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "done, or nothing to do";
    case ExitCode::kUsage:
      return "wrong usage or spec";
    case ExitCode::kNotNow:
      return "not now: the database is unreachable, locked or busy; try again";
    case ExitCode::kNotAllowed:
      return "can't log in, or a privilege is missing";
    case ExitCode::kStepFailed:
      return "a step failed and was rolled back; earlier steps stand";
    case ExitCode::kHistoryMismatch:
      return "the files and the database disagree";
    case ExitCode::kHalfDone:
      return "a non-transactional step is half done; a rerun goes on where it stopped";
    case ExitCode::kCheckBeforeFailed:
      return "a check before the run failed; nothing was changed";
    case ExitCode::kCheckAfterFailed:
      return "all was applied, but a check after the run failed";
    case ExitCode::kWentBack:
      return "the run failed and the previous state was restored";
    case ExitCode::kNotWentBack:
      return "the run failed and could not go back fully; a person must act";
    case ExitCode::kBackupFailed:
      return "the backup failed or can't be made; nothing was changed";
    case ExitCode::kRefused:
      return "refused: approval or --yes is missing";
    case ExitCode::kWaitTimeout:
      return "the database did not get there within the time";
    case ExitCode::kInternal:
      return "internal error; the database alone says what was done";
    case ExitCode::kCancelled:
      return "cancelled cleanly";
  }
  return "internal error";
}

}  // namespace report
