#include "operator/work.h"

#include <malloc.h>

#include <optional>

#include "common/log.h"
#include "operator/kube/wait.h"
#include "operator/rollout/controller.h"
#include "operator/runtime/tell_of_bug.h"
#include "operator/runtime/worker.h"

namespace {
constexpr int kRolloutWorkers = 2;
// Usually lists take less than a second, and whoever counts Jobs had better see all of them; but a namespace that is
// gone has no list at all.
constexpr std::chrono::seconds kFirstLists{10};
constexpr std::chrono::milliseconds kUntilSynced{1000};
}  // namespace

Work::Work(const Flags& flags, kube::Api& api, const runtime::Caches& caches, const runtime::Informers& informers,
           const Clock& clock, runtime::Queues queues, gate::Metrics& metrics)
    : flags_(flags),
      api_(api),
      caches_(caches),
      informers_(informers),
      clock_(clock),
      queues_(queues),
      metrics_(metrics) {}

void Work::start() {
  const std::lock_guard<std::mutex> hold(mutex_);
  if (finished_) return;
  metrics_.leading(true);
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Work::finish() {
  std::jthread ending;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    finished_ = true;
    ending = std::move(thread_);
  }
}

runtime::Reconcile Work::where_synced(runtime::Reconcile look) const {
  return [this, look = std::move(look)](const runtime::ObjectName& name) -> std::optional<std::chrono::milliseconds> {
    if (!informers_.are_synced(name.namespace_name)) return kUntilSynced;
    return look(name);
  };
}

void Work::run(std::stop_token stop) {
  const std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  while (!informers_.are_synced() && std::chrono::steady_clock::now() - began < kFirstLists) {
    if (!kube::wait_for(std::chrono::milliseconds(20), stop)) return;
  }
  logging::info("working", {{"workers", flags_.reconcile.workers}, {"migrations", caches_.migrations.size()}});
  const auto on_look = [this](const kube::ResourceType& type) -> runtime::OnLook {
    return [this, type](const runtime::ObjectName& name, runtime::LookResult result,
                        std::chrono::steady_clock::duration took) {
      metrics_.look(result, took);
      if (result == runtime::LookResult::kBug) {
        runtime::tell_of_bug(api_, type, name, std::chrono::floor<std::chrono::seconds>(clock_.now()));
      }
    };
  };
  const runtime::Workers workers(queues_.migrations, flags_.reconcile.workers,
                                 where_synced(reconcile::make_controller(api_, caches_, clock_, flags_.reconcile)),
                                 on_look(kube::types::database_migration()));
  std::optional<runtime::Workers> rollout_workers;
  if (flags_.rollouts) {
    rollout_workers.emplace(queues_.rollouts, kRolloutWorkers,
                            where_synced(rollout::make_controller(api_, clock_, flags_.reconcile)),
                            on_look(kube::types::database_rollout()));
  }
  // Lists and bursts of looks leave the heap full of holes, which glibc keeps.
  do {
    malloc_trim(0);
  } while (kube::wait_for(std::chrono::minutes(1), stop));
}
