// common/report/answer.h: what a run answers about a revision that pods name by the annotation sluice.dev/requires. The
// operator knows no graph of revisions: it asks by SLUICE_QUESTIONS and reads one character a question.
#pragma once
#include <cstddef>

namespace report {

/// "Contract" is every contract revision still to do on the way to the target. Code that needs a revision was written
/// for contract when that revision builds on all that contract builds on.
enum class Answer : char {
  kUnknown = '?',  ///< no file has it
  kAway = '-',     ///< not applied, and contract doesn't lead to it
  kBehind = '+',   ///< applied; who needs no more was written before what contract builds on
  kReady = 'c',    ///< applied; who needs it was written for contract (or nothing is left to contract)
  kBeyond = 'C',   ///< not applied: a contract revision or built on one, but not on all that contract builds on
  kAfter = 'D',    ///< the same, and built on all of it: who needs it was written for after contract
};

constexpr bool is_applied(Answer answer) { return answer == Answer::kBehind || answer == Answer::kReady; }

/// More than so many distinct ids are not asked about: the result has 1,024 bytes.
inline constexpr std::size_t kMostQuestions = 32;

}  // namespace report
