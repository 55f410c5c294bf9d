#include "operator/runtime/worker.h"

#include "common/error.h"
#include "common/log.h"

namespace runtime {

Workers::Workers(Queue& queue, int count, Reconcile reconcile, OnLook on_look)
    : queue_(queue), reconcile_(std::move(reconcile)), on_look_(std::move(on_look)) {
  for (int i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
}

Workers::~Workers() {
  queue_.shut_down();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::work() {
  while (const std::optional<ObjectName> name = queue_.take()) {
    const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    LookResult result = LookResult::kDone;
    const auto failed = [&](LookResult how, const Error& error) {
      result = how;
      logging::warning("look failed",
                       {{"namespace", name->namespace_name}, {"name", name->name}, {"why", error.what()}});
      queue_.add_failed(*name);
    };
    try {
      const std::optional<std::chrono::milliseconds> again = reconcile_(*name);
      queue_.forget(*name);
      if (again) queue_.add_after(*name, *again);
    } catch (const PermanentError& error) {
      failed(LookResult::kFailed, error);
    } catch (const Error& error) {
      failed(LookResult::kRetry, error);
    }
    queue_.done(*name);
    on_look_(*name, result, std::chrono::steady_clock::now() - began);
  }
}

}  // namespace runtime
