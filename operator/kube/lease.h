// operator/kube/lease.h: leader election by a coordination.k8s.io Lease.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "common/clock.h"
#include "operator/kube/api.h"

namespace kube {

/// What a Lease says.
struct LeaseRecord {
  std::string holder = {};      // empty: released
  std::string renew_time = {};  // as the holder wrote it; only compared for equality
  std::string acquire_time = {};
  std::chrono::seconds duration{15};  // the holder's
  int transitions = 0;
  std::string resource_version = {};
  bool operator==(const LeaseRecord&) const = default;
};

struct LeaseTimes {
  std::chrono::seconds duration{15};  // others may take it so long after its last renewal
  std::chrono::seconds renew_by{10};  // a leader that couldn't renew for so long gives up
  std::chrono::seconds retry{2};
};

/// The rules, pure: clocks of machines differ, so a lease counts as expired only when its record hasn't changed for its
/// duration by our own clock since we first saw it so.
class Election {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Step {
    kAcquire,  // free, expired or released: write it with us as holder
    kRenew,    // ours: write it with a new renew time
    kWait,     // another's
    kLost,     // we led and can't any longer: stop at once
  };
  Election(std::string identity, LeaseTimes);

  /// After reading the lease; none: there is no such object.
  Step seen(const std::optional<LeaseRecord>&, TimePoint now);
  /// After our write went through: `at` is when it was begun.
  void wrote(TimePoint at);
  /// After anything failed. kLost or kWait.
  Step failed(TimePoint now) const;
  bool is_leading() const { return renewed_at_.has_value(); }
  /// While leading: when it ends unless wrote() comes before.
  TimePoint leads_until() const { return renewed_at_.value_or(TimePoint()) + times_.renew_by; }

 private:
  const std::string identity_;
  const LeaseTimes times_;
  std::optional<LeaseRecord> last_seen_ = {};
  TimePoint changed_at_ = {};                 // when last_seen_ became so
  std::optional<TimePoint> renewed_at_ = {};  // we lead since an earlier write; this was the last
};

struct LeaseOptions {
  std::string namespace_name = {};
  std::string name = "sluice-operator";
  std::string identity = {};  // HOSTNAME_UUID
  LeaseTimes times = {};
};

/// "HOSTNAME_UUID", new at each call: a restarted container is another candidate.
std::string lease_identity();

struct LeaseEvents {
  std::function<void()> on_leading = {};
  /// Another may lead: the process must end at once. On the thread that notices first.
  std::function<void()> on_lost = {};
};

/// Blocks: waits for the lease, calls `on_leading` once, renews. Returns when `stop` was requested (the lease is then
/// released, if held and if the server answers) or after `on_lost`, which is called at most once: when another holds
/// it, and by the clock where it wasn't renewed in time, even while a call hangs.
/// `api` must be a client of its own with a total time of 5 s, so that slow calls of others cost no leadership.
void hold_lease(Api& api, const Clock&, const LeaseOptions&, const LeaseEvents&, std::stop_token stop);

}  // namespace kube
