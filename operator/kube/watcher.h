// operator/kube/watcher.h: list, then watch, for ever: keeps a listener's picture of one type true.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>

#include "common/clock.h"
#include "operator/kube/api.h"

namespace kube {

/// What the watcher tells. All calls come from the thread in run(), one after the other.
struct WatchListener {
  /// An object as it is now, from a list or a watch; the same version may come again.
  std::function<void(Object)> on_object = [](Object) {};
  std::function<void(Object)> on_deleted = [](Object) {};
  /// A list is complete: objects not in `names` are gone.
  std::function<void(const std::set<ObjectName>& names)> on_listed = [](const std::set<ObjectName>&) {};
};

/// Flow: list in pages → watch from there → go on from the last version seen when the server ends it or says nothing
/// for long → list anew when that version has expired (410). Errors are logged once each and waited out, 0.5 s doubling
/// to 30 s, with jitter.
/// A server has no bookmark to send while nothing of a type changes: so before a watch goes on, a list of one object,
/// which the server answers from the newest state only, proves that it isn't cut off from what it serves.
/// Guarantees: on_listed comes once at first and after each 410; nothing that stays changed is missed; fresh_at() moves
/// on while the server answers, whether or not anything happens.
class Watcher {
 public:
  Watcher(Api&, const Clock&, ResourceType, Selection, WatchListener);

  /// Returns when `stop` is requested. Throws nothing but bugs.
  void run(std::stop_token stop);

  /// Since when the picture may be outdated: the last list, watch taken, event or bookmark. None: never listed.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> fresh_at() const;

 private:
  enum class State {
    kListing,   // fetching pages. Error → kWaiting, then kListing again; 410 between pages the same
    kProving,   // asking for one object before going on. Answer → kWatching; error → kWaiting, then back
    kWatching,  // reading events. Closed → kProving; 410 → kListing; error → kWaiting, then kProving
    kWaiting,   // backing off; → the state that failed
    kStopped,   // end
  };
  State list(std::stop_token);
  State prove(std::stop_token);
  State watch(std::stop_token);
  State wait(std::stop_token);
  State failed(State in, const std::string& message);
  void take(WatchEvent);
  void mark_fresh();

  Api& api_;
  const Clock& clock_;
  const ResourceType type_;
  const Selection selection_;
  const WatchListener listener_;
  std::string resource_version_ = {};
  State after_waiting_ = State::kListing;
  int failures_ = 0;  // in a row
  std::minstd_rand random_;
  std::atomic<std::chrono::steady_clock::rep> fresh_at_{0};  // 0: never
};

}  // namespace kube
