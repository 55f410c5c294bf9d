#include "migrator/postgres/explain.h"

#include <algorithm>

#include "migrator/postgres/redact.h"
#include "migrator/postgres/translate.h"

namespace postgres {
namespace {

using report::ExitCode;

// Positions are characters of UTF-8, not bytes.
std::size_t byte_of_character(std::string_view text, int position) {
  int seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && ++seen == position) return i;
  }
  return text.size();
}

int characters_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

ExitCode code_for(const ServerError& error, Part part) {
  if (!our_text(error.sqlstate, error.message).empty()) return ExitCode::kHistoryMismatch;
  if (error.sqlstate == "57014" || part == Part::kFile) {
    const bool later = is_worth_a_retry(error) || error.sqlstate == "25006" || error.sqlstate == "53300";
    return later ? ExitCode::kNotNow : ExitCode::kStepFailed;
  }
  return kind_of(error.sqlstate) == Kind::kNotNow ? ExitCode::kNotNow : ExitCode::kStepFailed;
}

std::string text_of(const ServerError& error, const revisions::Script& script) {
  if (const std::string ours = our_text(error.sqlstate, error.message); !ours.empty()) return ours;
  const std::string text =
      error.raised ? redact_raised(error.message, script.text) : redact(error.message, error.sqlstate);
  return text + " (" + error.sqlstate + ")";
}

// A partitioned table, a procedure that commits: "can't run inside a transaction block", "invalid transaction
// termination".
bool refuses_transaction(const ServerError& error, const PlannedStatement& statement) {
  const bool says_so = error.sqlstate == "25001" || error.sqlstate == "2D000";
  return says_so && !statement.alone && statement.traits().may_refuse_transaction;
}

std::string place_of(Part part) {
  switch (part) {
    case Part::kReset:
      return "at its end (deferred constraints, reset)";
    case Part::kBookkeeping:
      return "ledger and journal";
    case Part::kCommit:
      return "commit";
    default:
      return "around the file";
  }
}

}  // namespace

const Expected& failed_part(const Message& message, const ServerError& error) {
  const std::size_t counted = std::min(error.at, message.expected.size() - 1);
  if (error.position <= 0) return message.expected[counted];
  const std::size_t at = byte_of_character(message.text, error.position);
  const auto after =
      std::upper_bound(message.expected.begin(), message.expected.end(), at,
                       [](std::size_t byte, const Expected& expected) { return byte < expected.offset; });
  return after == message.expected.begin() ? message.expected[counted] : *(after - 1);
}

StepError explain(const Message& message, const ServerError& error, const revisions::Script& script) {
  const Expected& failed = failed_part(message, error);
  StepError step;
  step.sqlstate = error.sqlstate;
  step.step = failed.step;
  step.code = code_for(error, failed.part);
  if (failed.part == Part::kDeferred) {
    step.any_step = true;
    step.message = "any of the files of this one transaction, at whose end deferred constraints are checked: " +
                   text_of(error, script);
    return step;
  }
  if (failed.statement == nullptr) {
    step.message = script.file + ": " + place_of(failed.part) + ": " + text_of(error, script);
    return step;
  }
  step.statement = failed.statement->number;
  step.line = failed.statement->statement.line;
  step.refused_transaction = refuses_transaction(error, *failed.statement);
  if (error.position > 0) {
    const std::size_t at = byte_of_character(message.text, error.position);
    const std::string_view before = std::string_view(message.text).substr(failed.offset, at - failed.offset);
    step.line += static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t newline = before.rfind('\n');
    if (newline != std::string_view::npos) {
      step.column = characters_of(before.substr(newline + 1)) + 1;
    } else {
      const std::string_view text = script.text;
      const std::size_t start = text.rfind('\n', failed.statement->statement.offset);
      const std::size_t line_start =
          start == std::string_view::npos || failed.statement->statement.offset == 0 ? 0 : start + 1;
      step.column = characters_of(text.substr(line_start, failed.statement->statement.offset - line_start)) +
                    characters_of(before) + 1;
    }
  }
  step.message = script.file + ":" + std::to_string(step.line) + ": statement " + std::to_string(step.statement) +
                 ": " + text_of(error, script);
  return step;
}

bool is_worth_a_retry(const ServerError& error) {
  return error.sqlstate == "55P03" || error.sqlstate == "40P01" || error.sqlstate == "40001";
}

}  // namespace postgres
