#include "operator/runtime/queue.h"

#include <algorithm>

namespace runtime {

Queue::Queue(const Clock& clock, Backoff backoff) : clock_(clock), backoff_(backoff), random_(std::random_device{}()) {}

void Queue::add(const ObjectName& name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  push_locked(name);
}

void Queue::add_after(const ObjectName& name, std::chrono::milliseconds delay) {
  const std::lock_guard<std::mutex> hold(mutex_);
  delay_locked(name, clock_.steady() + delay);
}

void Queue::add_failed(const ObjectName& name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  const int doublings = std::min(failures_[name]++, 30);
  const std::chrono::milliseconds full =
      doublings >= 20 ? backoff_.limit
                      : std::min<std::chrono::milliseconds>(backoff_.first * (1LL << doublings), backoff_.limit);
  const std::chrono::milliseconds::rep part =
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(full.count() * 4 / 5, full.count())(random_);
  delay_locked(name, clock_.steady() + std::chrono::milliseconds(part));
}

void Queue::forget(const ObjectName& name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  failures_.erase(name);
}

std::optional<ObjectName> Queue::take() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    if (std::optional<ObjectName> name = pop_locked()) return name;
    if (shut_down_) return std::nullopt;
    if (by_due_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, by_due_.begin()->first - clock_.steady());
    }
  }
}

std::optional<ObjectName> Queue::try_take() {
  const std::lock_guard<std::mutex> hold(mutex_);
  return pop_locked();
}

void Queue::done(const ObjectName& name) {
  const std::lock_guard<std::mutex> hold(mutex_);
  working_.erase(name);
  if (again_.erase(name) > 0) push_locked(name);
}

void Queue::shut_down() {
  const std::lock_guard<std::mutex> hold(mutex_);
  shut_down_ = true;
  changed_.notify_all();
}

std::size_t Queue::depth() const {
  const std::lock_guard<std::mutex> hold(mutex_);
  return queued_.size();
}

std::optional<std::chrono::steady_clock::time_point> Queue::due(const ObjectName& name) const {
  const std::lock_guard<std::mutex> hold(mutex_);
  const auto found = delayed_.find(name);
  if (found == delayed_.end()) return std::nullopt;
  return found->second;
}

void Queue::delay_locked(const ObjectName& name, TimePoint due) {
  const auto known = delayed_.find(name);
  if (known != delayed_.end()) {
    if (known->second <= due) return;
    by_due_.erase({known->second, name});
  }
  delayed_[name] = due;
  by_due_.insert({due, name});
  changed_.notify_one();
}

void Queue::push_locked(const ObjectName& name) {
  const auto delayed = delayed_.find(name);
  if (delayed != delayed_.end()) {
    by_due_.erase({delayed->second, name});
    delayed_.erase(delayed);
  }
  if (working_.contains(name)) {
    again_.insert(name);
    return;
  }
  if (!queued_.insert(name).second) return;
  waiting_.emplace(arrivals_++, name);
  changed_.notify_one();
}

void Queue::promote_locked() {
  while (!by_due_.empty() && by_due_.begin()->first <= clock_.steady()) {
    const ObjectName name = by_due_.begin()->second;
    push_locked(name);
  }
}

std::optional<ObjectName> Queue::pop_locked() {
  if (shut_down_) return std::nullopt;
  promote_locked();
  if (waiting_.empty()) return std::nullopt;
  ObjectName name = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  queued_.erase(name);
  working_.insert(name);
  return name;
}

}  // namespace runtime
