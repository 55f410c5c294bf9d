// operator/reconcile/status_words.h: the words that stand in the status for values of enums.
#pragma once
#include <utility>

#include "operator/reconcile/status.h"

namespace reconcile::words {

inline constexpr std::pair<Kind, const char*> kKinds[] = {{Kind::kRun, "Run"},
                                                          {Kind::kPlan, "Plan"},
                                                          {Kind::kVerify, "Verify"},
                                                          {Kind::kSurvey, "Survey"},
                                                          {Kind::kContract, "Contract"}};
inline constexpr std::pair<report::Answer, const char*> kAnswers[] = {
    {report::Answer::kUnknown, "Unknown"}, {report::Answer::kAway, "Away"},     {report::Answer::kBehind, "Behind"},
    {report::Answer::kReady, "Ready"},     {report::Answer::kBeyond, "Beyond"}, {report::Answer::kAfter, "After"}};

template <typename E, std::size_t N>
constexpr const char* word(const std::pair<E, const char*> (&table)[N], E value) {
  for (const auto& [each, text] : table) {
    if (each == value) return text;
  }
  return table[0].second;
}

}  // namespace reconcile::words
