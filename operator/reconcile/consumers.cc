#include "operator/reconcile/consumers.h"

#include <algorithm>

#include "common/report/digest.h"
#include "operator/reconcile/revisions.h"

namespace reconcile {
namespace {

using report::Answer;

constexpr std::size_t kNamed = 5;
constexpr std::size_t kMostOutside = 20;

/// Empty: that bound doesn't make it old.
std::string why_old_above(const std::string& before, const Status& status) {
  const std::optional<Answer> answer = answer_about(status, before);
  if (!answer) return "names " + before + ", which no run was asked about yet";
  switch (*answer) {
    case Answer::kAway:
      return {};
    case Answer::kUnknown:
      return "names " + before + ", which no migration has";
    case Answer::kBehind:
    case Answer::kReady:
      return "can't run with " + before + ", which is applied";
    case Answer::kBeyond:
    case Answer::kAfter:
      return "can't run with " + before + ", which contract applies";
  }
  return "is unclear";
}

std::string why_old_below(const spec::Requirement& range, const Status& status) {
  const std::string& at_least = range.at_least;
  if (at_least.empty()) return {};
  const std::optional<Answer> answer = answer_about(status, at_least);
  if (!answer) return "names " + at_least + ", which no run was asked about yet";
  // With an upper bound it says itself where its world ends.
  const bool says_its_end = !range.before.empty();
  switch (*answer) {
    case Answer::kReady:
    case Answer::kAfter:
      return {};
    case Answer::kBehind:
      return says_its_end ? "" : "needs no more than " + at_least + ", which is older than what contract builds on";
    case Answer::kBeyond:
      return says_its_end ? "" : "needs " + at_least + ", which doesn't build on all that contract builds on";
    case Answer::kAway:
      return "needs " + at_least + ", which is not applied";
    case Answer::kUnknown:
      return "needs " + at_least + ", which no migration has";
  }
  return "is unclear";
}

}  // namespace

std::string why_old(const ObservedConsumer& consumer, const Observed& seen, const Status& status) {
  const Claim claim = claim_of(consumer, seen);
  if (!claim.problem.empty()) return claim.problem;
  if (std::string why = why_old_below(claim.range, status); !why.empty()) return why;
  return claim.range.before.empty() ? "" : why_old_above(claim.range.before, status);
}

Count count_consumers(const Observed& seen, const Status& status) {
  Count count;
  std::string all;
  for (const ObservedConsumer& each : seen.consumers.all) {
    ++count.counted;
    all += each.kind + "/" + each.uid + "/" + each.name + "/" + each.annotation.value_or("-") + "\n";
    const std::string why = why_old(each, seen, status);
    if (why.empty()) continue;
    count.old.push_back(each.kind + " " + each.name + (each.terminating ? " (terminating)" : "") + ": " + why);
  }
  count.set = report::sha256_hex(all).substr(0, 16);
  return count;
}

std::string first_of(const std::vector<std::string>& list) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, list.size()); ++i) text += (i == 0 ? "" : "; ") + list[i];
  if (list.size() > kNamed) text += "; and " + std::to_string(list.size() - kNamed) + " more";
  return text;
}

std::vector<Outside> outside_their_range(const Observed& seen, const Status& status) {
  std::vector<Outside> list;
  for (const ObservedConsumer& each : seen.consumers.all) {
    const Claim claim = claim_of(each, seen);
    if (each.kind != "Pod" || !claim.problem.empty()) continue;
    std::string why;
    for (const RevisionStatus& fact : status.revisions) {
      if (fact.id == claim.range.at_least && fact.taken_back) why = "needs " + fact.id + ", which was taken back";
      if (fact.id == claim.range.before && report::is_applied(fact.answer)) {
        why = "can't run with " + fact.id + ", which is applied";
      }
    }
    if (!why.empty()) list.push_back({.pod = each.name, .uid = each.uid, .why = why});
  }
  return list;
}

std::vector<Outside> take_outside(const Observed& seen, Status& status) {
  const std::vector<std::string> told = status.consumers ? status.consumers->outside : std::vector<std::string>{};
  std::vector<Outside> list = outside_their_range(seen, status);
  if (list.size() > kMostOutside) list.resize(kMostOutside);
  std::vector<std::string> names;
  for (const Outside& each : list) names.push_back(each.pod);
  if (!names.empty() && !status.consumers) status.consumers.emplace();
  if (status.consumers) status.consumers->outside = names;
  if (status.consumers == ConsumersStatus{}) status.consumers.reset();
  std::erase_if(list, [&](const Outside& each) { return std::find(told.begin(), told.end(), each.pod) != told.end(); });
  return list;
}

}  // namespace reconcile
