// operator/runtime/worker.h: threads that take names off the queue and reconcile them.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "operator/runtime/queue.h"

namespace runtime {

/// One look at one resource: reads the world, decides, acts. Never told what happened, only the name.
/// Returns when to look again unless something happens before; none: wait for the next event.
/// May throw Error: see Workers.
using Reconcile = std::function<std::optional<std::chrono::milliseconds>(const ObjectName&)>;

/// What a look came to.
enum class LookResult { kDone, kRetry, kFailed, kBug };
/// Runs on the worker's thread; may throw Error, which is logged.
using OnLook = std::function<void(const ObjectName&, LookResult, std::chrono::steady_clock::duration)>;

/// N threads. TransientError and InDoubtError: logged once, looked at again after the queue's back-off.
/// PermanentError: the same (a person may change what forbids it). Any other exception is a bug that this resource
/// brought to light: the same, as an error, so that it costs the others nothing (docs/decisions/0010).
/// The destructor shuts the queue down and waits for the looks under way.
class Workers {
 public:
  Workers(Queue&, int count, Reconcile, OnLook);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

 private:
  void work();
  LookResult look(const ObjectName&);

  Queue& queue_;
  Reconcile reconcile_;
  OnLook on_look_;
  std::vector<std::thread> threads_;
};

}  // namespace runtime
