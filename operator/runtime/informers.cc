#include "operator/runtime/informers.h"

#include "common/report/names.h"

namespace runtime {
namespace {

/// A roll-out's pods change often and together: one look is enough.
constexpr std::chrono::milliseconds kSettle{2000};

}  // namespace

Informers::Informers(kube::Api& api, const Clock& clock, const std::vector<std::string>& namespaces, Caches& caches,
                     Queues queues, OnChange on_migration)
    : clock_(clock),
      caches_(caches),
      queues_(queues),
      on_migration_(std::move(on_migration)),
      consumers_(api, clock, caches, queues.migrations) {
  const std::string ours(report::names::kLabelMigration);
  const std::vector<std::string> everywhere{""};
  for (const std::string& name : namespaces.empty() ? everywhere : namespaces) {
    start(api, kube::types::config_map(), {.namespace_name = name, .detail = kube::Detail::kMetadata},
          caches.config_maps);
    start(api, kube::types::pod(), {.namespace_name = name, .label_selector = ours}, caches.pods);
    const std::string reports(report::names::kLabelReports);
    start(api, kube::types::pod(), {.namespace_name = name, .label_selector = reports}, caches.reporters, kSettle);
    start(api, kube::types::job(), {.namespace_name = name, .label_selector = ours}, caches.jobs);
    for (auto [type, store] : {std::pair(kube::types::deployment(), &caches.deployments),
                               std::pair(kube::types::service(), &caches.services)}) {
      start(api, type, {.namespace_name = name, .detail = kube::Detail::kMetadata}, *store);
    }
    start(api, kube::types::database_rollout(), {.namespace_name = name}, caches.rollouts);
    start(api, kube::types::database_migration(), {.namespace_name = name}, caches.migrations);
  }
}

void Informers::start(kube::Api& api, const kube::ResourceType& type, const kube::Selection& selection, Store& store,
                      std::chrono::milliseconds settle) {
  const auto on_change = [this, type, settle](const Object& object, bool is_gone) {
    if (type == kube::types::database_migration()) {
      on_migration_(object, is_gone);
      consumers_.follow();
    }
    for (const ObjectName& name : concerned(caches_, type, object)) {
      settle.count() > 0 ? queues_.migrations.add_after(name, settle) : queues_.migrations.add(name);
    }
    for (const ObjectName& name : concerned_rollouts(caches_, type, object)) queues_.rollouts.add(name);
  };
  entries_.push_back(
      {selection.namespace_name, std::make_unique<Informer>(api, clock_, type, selection, store, on_change)});
}

bool Informers::are_synced() const {
  for (const Entry& entry : entries_) {
    if (!entry.informer->fresh_at()) return false;
  }
  return true;
}

bool Informers::are_fresh(std::chrono::seconds age) const { return stale(age).empty(); }

std::vector<std::string> Informers::stale(std::chrono::seconds age) const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) {
    const std::optional<std::chrono::steady_clock::time_point> fresh_at = entry.informer->fresh_at();
    if (fresh_at && clock_.steady() - *fresh_at <= age) continue;
    const std::string where = entry.namespace_name.empty() ? "all namespaces" : entry.namespace_name;
    names.push_back(entry.informer->type().plural + " in " + where);
  }
  for (const std::string& where : consumers_.stale(age)) names.push_back("consumers' pods in " + where);
  return names;
}

}  // namespace runtime
