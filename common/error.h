// common/error.h: what can go wrong, named by what the caller may do about it.
#pragma once
#include <stdexcept>
#include <string>

#include "common/report/exit_code.h"

/// Base of everything we throw. Expected outcomes are values, never errors.
/// `code` is what `sluice` exits with if nobody below `main` handles it.
struct Error : std::runtime_error {
  Error(report::ExitCode exit_code, const std::string& message) : std::runtime_error(message), code(exit_code) {}
  report::ExitCode code;
};

/// Nothing changed; retry later.
struct TransientError final : Error {
  explicit TransientError(const std::string& message, report::ExitCode exit_code = report::ExitCode::kNotNow)
      : Error(exit_code, message) {}
};

/// Retrying cannot help; a person must act.
struct PermanentError final : Error {
  explicit PermanentError(const std::string& message, report::ExitCode exit_code = report::ExitCode::kInternal)
      : Error(exit_code, message) {}
};

/// May have happened; observe before acting.
struct InDoubtError final : Error {
  explicit InDoubtError(const std::string& message, report::ExitCode exit_code = report::ExitCode::kNotNow)
      : Error(exit_code, message) {}
};
