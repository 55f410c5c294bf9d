// operator/runtime/queue.h: names of resources that need a look, each at most once, some of them only later.
#pragma once
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>

#include "common/clock.h"
#include "operator/kube/api.h"

namespace runtime {

using kube::ObjectName;

/// How long after the n-th failure in a row: first × 2ⁿ⁻¹, at most `limit`, less up to a fifth at random.
struct Backoff {
  std::chrono::milliseconds first{500};
  std::chrono::milliseconds limit{std::chrono::minutes(5)};
};

/// A queue that holds a name at most once and gives it to one worker at a time: a name added while it is being worked
/// on comes again after done(). Level-based: what happened isn't kept, only that a look is due. Thread-safe.
class Queue {
 public:
  Queue(const Clock&, Backoff);

  void add(const ObjectName&);
  /// Due in `delay`; the earliest of several wins. An add() in between serves it too.
  void add_after(const ObjectName&, std::chrono::milliseconds delay);
  /// Due after the back-off; each call in a row doubles it until forget().
  void add_failed(const ObjectName&);
  /// The last look went well: the next failure starts with the first delay.
  void forget(const ObjectName&);

  /// The name that is due longest; blocks until there is one. None: shut down. Call done() when finished with it.
  [[nodiscard]] std::optional<ObjectName> take();
  /// As take(), without blocking; none: nothing is due.
  [[nodiscard]] std::optional<ObjectName> try_take();
  void done(const ObjectName&);

  /// Nothing more is given out; blocked takers return.
  void shut_down();
  /// How many are due now (not those being worked on).
  [[nodiscard]] std::size_t depth() const;
  /// When the name is due by add_after or add_failed; none: no delayed look is planned.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> due(const ObjectName&) const;

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  void delay_locked(const ObjectName&, TimePoint);
  void push_locked(const ObjectName&);
  void promote_locked();
  std::optional<ObjectName> pop_locked();

  const Clock& clock_;
  const Backoff backoff_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, ObjectName> waiting_;        // by order of arrival
  std::set<ObjectName> queued_;                        // what waiting_ holds
  std::map<ObjectName, TimePoint> delayed_;            // due later
  std::set<std::pair<TimePoint, ObjectName>> by_due_;  // delayed_, by time
  std::set<ObjectName> working_;
  std::set<ObjectName> again_;  // added while being worked on
  std::map<ObjectName, int> failures_;
  std::uint64_t arrivals_ = 0;
  bool shut_down_ = false;
  std::minstd_rand random_;
};

}  // namespace runtime
