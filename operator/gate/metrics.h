// operator/gate/metrics.h: what /metrics shows, in Prometheus' text format (docs/metrics.md lists the names).
#pragma once
#include <memory>
#include <string>

#include "operator/kube/client.h"
#include "operator/runtime/worker.h"

namespace gate {

/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void call(const kube::Call&);
  void look(runtime::LookResult, std::chrono::steady_clock::duration);
  /// A DatabaseMigration as it is now: pending revisions, backup size, last success, and the runs ended since it was
  /// last shown. Runs that ended before it was first shown don't count.
  void migration(const kube::Object&);
  void migration_gone(const kube::ObjectName&);
  /// The gate answered a request.
  void gate(int status, std::chrono::steady_clock::duration took);
  void queue_depth(std::size_t);
  /// How many watches of each namespace ("": all at once) are stale.
  void stale_watches(const std::string& namespace_name, std::size_t);
  void leading(bool);

  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gate
