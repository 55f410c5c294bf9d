#include "operator/runtime/worker.h"

#include "common/error.h"
#include "common/log.h"

namespace runtime {
namespace {

nlohmann::json fields_of(const ObjectName& name, const std::exception& error) {
  return {{"namespace", name.namespace_name}, {"name", name.name}, {"why", error.what()}};
}

}  // namespace

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
    const LookResult result = look(*name);
    queue_.done(*name);
    try {
      on_look_(*name, result, std::chrono::steady_clock::now() - began);
    } catch (const Error& error) {
      logging::warning("look not told", fields_of(*name, error));
    }
  }
}

LookResult Workers::look(const ObjectName& name) {
  try {
    const std::optional<std::chrono::milliseconds> again = reconcile_(name);
    queue_.forget(name);
    if (again) queue_.add_after(name, *again);
    return LookResult::kDone;
  } catch (const PermanentError& error) {
    logging::warning("look failed", fields_of(name, error));
    queue_.add_failed(name);
    return LookResult::kFailed;
  } catch (const Error& error) {
    logging::warning("look failed", fields_of(name, error));
    queue_.add_failed(name);
    return LookResult::kRetry;
  } catch (const std::exception& error) {
    logging::error("bug", fields_of(name, error));
    queue_.add_failed(name);
    return LookResult::kBug;
  }
}

}  // namespace runtime
