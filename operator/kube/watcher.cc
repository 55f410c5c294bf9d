#include "operator/kube/watcher.h"

#include <algorithm>

#include "common/error.h"
#include "common/log.h"
#include "operator/kube/wait.h"

namespace kube {
namespace {

constexpr int kPage = 100;  // small pages keep the operator's memory small
constexpr std::chrono::milliseconds kFirstWait{500}, kLongestWait{30000};

}  // namespace

Watcher::Watcher(Api& api, const Clock& clock, ResourceType type, Selection selection, WatchListener listener)
    : api_(api),
      clock_(clock),
      type_(std::move(type)),
      selection_(std::move(selection)),
      listener_(std::move(listener)),
      random_(std::random_device{}()) {}

void Watcher::run(std::stop_token stop) {
  State state = State::kListing;
  while (state != State::kStopped) {
    if (stop.stop_requested()) return;
    switch (state) {
      case State::kListing:
        state = list(stop);
        break;
      case State::kProving:
        state = prove(stop);
        break;
      case State::kWatching:
        state = watch(stop);
        break;
      case State::kWaiting:
        state = wait(stop);
        break;
      case State::kStopped:
        break;
    }
  }
}

Watcher::State Watcher::list(std::stop_token stop) {
  Selection page = selection_;
  page.page = kPage;
  std::set<ObjectName> names;
  try {
    do {
      List list = api_.list(type_, page);
      for (Object& object : list.items) {
        names.insert(name_of(object));
        listener_.on_object(std::move(object));
      }
      page.continue_token = list.continue_token;
      // Of the last page: continued pages all show the state of the first.
      resource_version_ = list.resource_version;
    } while (!page.continue_token.empty() && !stop.stop_requested());
  } catch (const Error& error) {
    return stop.stop_requested() ? State::kStopped : failed(State::kListing, error.what());
  }
  if (stop.stop_requested()) return State::kStopped;
  listener_.on_listed(names);
  mark_fresh();
  failures_ = 0;
  return State::kWatching;
}

Watcher::State Watcher::prove(std::stop_token stop) {
  Selection one = selection_;
  one.page = 1;
  try {
    static_cast<void>(api_.list(type_, one));
  } catch (const Error& error) {
    return stop.stop_requested() ? State::kStopped : failed(State::kProving, error.what());
  }
  return State::kWatching;
}

Watcher::State Watcher::watch(std::stop_token stop) {
  const std::chrono::steady_clock::time_point began = clock_.steady();
  try {
    const auto on_event = [this](WatchEvent event) { take(std::move(event)); };
    if (api_.watch(type_, selection_, resource_version_, on_event, stop) == WatchEnd::kExpired) {
      logging::info("watch expired, listing anew", {{"type", type_.plural}, {"namespace", selection_.namespace_name}});
      return State::kListing;
    }
  } catch (const Error& error) {
    return stop.stop_requested() ? State::kStopped : failed(State::kProving, error.what());
  }
  if (stop.stop_requested()) return State::kStopped;
  // A server that ends each watch at once must not be asked in a tight loop.
  if (clock_.steady() - began < std::chrono::seconds(1)) return failed(State::kProving, "the watch ended at once");
  failures_ = 0;
  return State::kProving;
}

Watcher::State Watcher::wait(std::stop_token stop) {
  const int doublings = std::min(failures_ - 1, 6);
  const std::chrono::milliseconds longest = std::min(kFirstWait * (1 << doublings), kLongestWait);
  const std::chrono::milliseconds::rep part =
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(longest.count() / 2, longest.count())(random_);
  return wait_for(std::chrono::milliseconds(part), stop) ? after_waiting_ : State::kStopped;
}

Watcher::State Watcher::failed(State in, const std::string& message) {
  ++failures_;
  after_waiting_ = in;
  logging::warning(
      "watch interrupted",
      {{"type", type_.plural}, {"namespace", selection_.namespace_name}, {"why", message}, {"failures", failures_}});
  return State::kWaiting;
}

void Watcher::take(WatchEvent event) {
  mark_fresh();
  if (event.type == EventType::kOpened) return;
  failures_ = 0;
  resource_version_ = text_at(event.object, "/metadata/resourceVersion");
  switch (event.type) {
    case EventType::kAdded:
    case EventType::kModified:
      return listener_.on_object(std::move(event.object));
    case EventType::kDeleted:
      return listener_.on_deleted(std::move(event.object));
    case EventType::kOpened:
    case EventType::kBookmark:
      return;
  }
}

void Watcher::mark_fresh() { fresh_at_ = clock_.steady().time_since_epoch().count(); }

std::optional<std::chrono::steady_clock::time_point> Watcher::fresh_at() const {
  const std::chrono::steady_clock::rep ticks = fresh_at_;
  if (ticks == 0) return std::nullopt;
  return std::chrono::steady_clock::time_point(std::chrono::steady_clock::duration(ticks));
}

}  // namespace kube
