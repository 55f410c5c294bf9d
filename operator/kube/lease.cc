#include "operator/kube/lease.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <random>
#include <thread>

#include "common/error.h"
#include "common/log.h"
#include "operator/kube/wait.h"

namespace kube {
namespace {

/// metav1.MicroTime.
std::string micro_time(std::chrono::system_clock::time_point time) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = micros / 1000000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%06dZ", static_cast<int>(micros % 1000000));
  return text.data();
}

int number_at(const Object& object, const std::string& pointer, int otherwise) {
  const Object& value = value_at(object, pointer);
  return value.is_number_integer() ? value.get<int>() : otherwise;
}

LeaseRecord read_record(const Object& lease) {
  return {.holder = text_at(lease, "/spec/holderIdentity"),
          .renew_time = text_at(lease, "/spec/renewTime"),
          .acquire_time = text_at(lease, "/spec/acquireTime"),
          .duration = std::chrono::seconds(number_at(lease, "/spec/leaseDurationSeconds", 15)),
          .transitions = number_at(lease, "/spec/leaseTransitions", 0),
          .resource_version = text_at(lease, "/metadata/resourceVersion")};
}

/// One candidate at the lease object.
class LeaseObject {
 public:
  LeaseObject(Api& api, const Clock& clock, const LeaseOptions& options)
      : api_(api), clock_(clock), options_(options) {}

  std::optional<LeaseRecord> read() {
    const std::optional<Object> lease = api_.get(types::lease(), {options_.namespace_name, options_.name});
    if (!lease) return std::nullopt;
    return read_record(*lease);
  }

  /// False: somebody else was faster.
  bool write(const std::optional<LeaseRecord>& before, bool is_ours) {
    const std::string now = micro_time(clock_.now());
    Object spec{{"holderIdentity", options_.identity},
                {"leaseDurationSeconds", options_.times.duration.count()},
                {"renewTime", now}};
    if (!is_ours) {
      spec["acquireTime"] = now;
      spec["leaseTransitions"] = before ? before->transitions + 1 : 0;
    }
    return send(before, spec);
  }

  /// Lets the next candidate begin at once.
  void release(const LeaseRecord& before) {
    send(before, {{"holderIdentity", ""}, {"leaseDurationSeconds", 1}, {"renewTime", micro_time(clock_.now())}});
  }

 private:
  bool send(const std::optional<LeaseRecord>& before, const Object& spec) {
    const ObjectName name{options_.namespace_name, options_.name};
    if (!before) {
      const Object lease{{"apiVersion", types::lease().api_version()},
                         {"kind", types::lease().kind},
                         {"metadata", {{"namespace", name.namespace_name}, {"name", name.name}}},
                         {"spec", spec}};
      return api_.create(types::lease(), lease).outcome == CreateOutcome::kCreated;
    }
    const Object patch{{"metadata", {{"resourceVersion", before->resource_version}}}, {"spec", spec}};
    return api_.patch(types::lease(), name, patch, Subresource::kNone).outcome == WriteOutcome::kDone;
  }

  Api& api_;
  const Clock& clock_;
  const LeaseOptions& options_;
};

/// One look at the lease and, where due, one write.
Election::Step attempt(LeaseObject& lease, Election& election, const Clock& clock) {
  try {
    const std::optional<LeaseRecord> record = lease.read();
    const Election::Step step = election.seen(record, clock.steady());
    if (step == Election::Step::kWait || step == Election::Step::kLost) return step;
    // The time before the write counts: others may have seen it as early as that.
    const Election::TimePoint began = clock.steady();
    if (lease.write(record, step == Election::Step::kRenew)) {
      election.wrote(began);
      return step;
    }
  } catch (const Error& error) {
    logging::warning("lease not reached", {{"why", error.what()}});
  }
  return election.failed(clock.steady());
}

void release(LeaseObject& lease, const std::string& identity) {
  try {
    const std::optional<LeaseRecord> record = lease.read();
    if (record && record->holder == identity) lease.release(*record);
  } catch (const Error& error) {
    logging::warning("lease not released", {{"why", error.what()}});
  }
}

/// Tells what became of it, each once, and watches the clock from the first renewal on.
class Leadership {
 public:
  Leadership(const Clock& clock, const LeaseEvents& events) : clock_(clock), events_(events) {}

  void lasts_until(Election::TimePoint until) {
    until_ = until.time_since_epoch().count();
    if (watch_.joinable()) return;
    events_.on_leading();
    watch_ = std::jthread([this](std::stop_token over) { watch(over); });
  }
  void lose() {
    if (!lost_.exchange(true)) events_.on_lost();
  }
  bool is_lost() const { return lost_; }
  void give_up() { watch_ = {}; }

 private:
  void watch(std::stop_token over) {
    while (true) {
      const Election::TimePoint until{Election::TimePoint::duration(until_)};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.steady());
      if (left.count() <= 0) return lose();
      if (!wait_for(left, over)) return;
    }
  }

  const Clock& clock_;
  const LeaseEvents& events_;
  std::atomic<Election::TimePoint::rep> until_{0};
  std::atomic<bool> lost_{false};
  std::jthread watch_;  // last: ends before what it uses
};

}  // namespace

Election::Election(std::string identity, LeaseTimes times) : identity_(std::move(identity)), times_(times) {}

Election::Step Election::seen(const std::optional<LeaseRecord>& record, TimePoint now) {
  if (!last_seen_ || record != last_seen_) changed_at_ = now;
  last_seen_ = record;
  const bool is_ours = record && record->holder == identity_;
  if (is_leading() && !is_ours) return Step::kLost;
  if (is_leading() && now - *renewed_at_ >= times_.renew_by) return Step::kLost;
  if (is_ours) return Step::kRenew;
  const bool is_free = !record || record->holder.empty() || now - changed_at_ >= record->duration;
  return is_free ? Step::kAcquire : Step::kWait;
}

void Election::wrote(TimePoint at) { renewed_at_ = at; }

Election::Step Election::failed(TimePoint now) const {
  return is_leading() && now - *renewed_at_ >= times_.renew_by ? Step::kLost : Step::kWait;
}

std::string lease_identity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::random_device random;
  std::array<char, 40> uuid{};
  std::snprintf(uuid.data(), uuid.size(), "%08x-%04x-4%03x-%04x-%08x%04x", random(), random() & 0xffff,
                random() & 0xfff, (random() & 0x3fff) | 0x8000, random(), random() & 0xffff);
  return std::string(host.data()) + "_" + uuid.data();
}

void hold_lease(Api& api, const Clock& clock, const LeaseOptions& options, const LeaseEvents& events,
                std::stop_token stop) {
  LeaseObject lease(api, clock, options);
  Election election(options.identity, options.times);
  Leadership leadership(clock, events);
  bool is_reached = false;
  while (!stop.stop_requested()) {
    const Election::Step step = attempt(lease, election, clock);
    if (step == Election::Step::kLost) return leadership.lose();
    is_reached = step != Election::Step::kWait;
    if (election.is_leading()) leadership.lasts_until(election.leads_until());
    if (leadership.is_lost()) return;
    if (!wait_for(options.times.retry, stop)) break;
  }
  leadership.give_up();
  // A server that didn't answer a moment ago would only keep the process from ending: the lease expires.
  if (election.is_leading() && is_reached) release(lease, options.identity);
}

}  // namespace kube
