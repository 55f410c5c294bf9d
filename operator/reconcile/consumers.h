// operator/reconcile/consumers.h: who of those that use the database was written for contract (operator-protocol,
// Roll-outs 1). Pure.
#pragma once
#include <string>
#include <vector>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// Why this consumer counts as old code; empty: it is new, by what the last Job answered. New is what names this
/// resource and either ends before a revision that contract doesn't lead to, or (without an upper bound) needs a
/// revision that builds on all that contract builds on. Everything doubtful is old.
std::string why_old(const ObservedConsumer&, const Observed&, const Status&);

struct Count {
  int counted = 0;
  std::vector<std::string> old = {};  // "Pod shop-1: has no annotation …", in the order seen
  std::string set = {};               // hash of who was counted and what they say
};
Count count_consumers(const Observed&, const Status&);

/// Names the first few: "Pod shop-1: …; Pod shop-2: …; and 7 more".
std::string first_of(const std::vector<std::string>& list);

/// Pods whose range the database has left: a revision they need was taken back, or one they can't live with is applied.
struct Outside {
  std::string pod = {}, uid = {}, why = {};
};
std::vector<Outside> outside_their_range(const Observed&, const Status&);
/// Takes them into status.consumers, as many as it holds; returns those that weren't there yet.
std::vector<Outside> take_outside(const Observed&, Status&);

}  // namespace reconcile
