#include "operator/runtime/informers.h"

#include <algorithm>

#include "common/report/names.h"

namespace runtime {
namespace {

/// A roll-out's pods change often and together: one look is enough.
constexpr std::chrono::milliseconds kSettle{2000};
constexpr const char* kConsumersPods = "consumers' pods";

}  // namespace

Informers::Informers(kube::Api& api, const Clock& clock, const Scope& scope, Caches& caches, Queues queues,
                     OnChange on_migration)
    : clock_(clock),
      serves_rollouts_(scope.rollouts),
      caches_(caches),
      queues_(queues),
      on_migration_(std::move(on_migration)),
      consumers_(api, clock, caches, queues.migrations) {
  const std::string ours(report::names::kLabelMigration);
  const std::vector<std::string> everywhere{""};
  for (const std::string& name : scope.namespaces.empty() ? everywhere : scope.namespaces) {
    start(api, kube::types::config_map(), {.namespace_name = name, .detail = kube::Detail::kMetadata},
          caches.config_maps);
    start(api, kube::types::pod(), {.namespace_name = name, .label_selector = ours}, caches.pods);
    const std::string reports(report::names::kLabelReports);
    start(api, kube::types::pod(), {.namespace_name = name, .label_selector = reports}, caches.reporters, kSettle);
    start(api, kube::types::job(), {.namespace_name = name, .label_selector = ours}, caches.jobs);
    for (auto [type, store] : {std::pair(kube::types::deployment(), &caches.deployments),
                               std::pair(kube::types::service(), &caches.services)}) {
      if (scope.rollouts) start(api, type, {.namespace_name = name, .detail = kube::Detail::kMetadata}, *store);
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
    if (!serves_rollouts_) return;
    for (const ObjectName& name : concerned_rollouts(caches_, type, object)) queues_.rollouts.add(name);
  };
  entries_.push_back(
      {selection.namespace_name, std::make_unique<Informer>(api, clock_, type, selection, store, on_change)});
}

bool Informers::are_synced(const std::string& namespace_name) const {
  return std::all_of(entries_.begin(), entries_.end(), [&](const Entry& each) {
    return !each.serves(namespace_name) || each.informer->fresh_at().has_value();
  });
}

bool Informers::are_synced() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& each) { return each.informer->fresh_at(); });
}

bool Informers::is_stale(const Entry& entry, std::chrono::seconds age) const {
  const std::optional<std::chrono::steady_clock::time_point> fresh_at = entry.informer->fresh_at();
  return !fresh_at || clock_.steady() - *fresh_at > age;
}

static std::string said_of(const std::string& what, const std::string& where) {
  return what + " in " + (where.empty() ? "all namespaces" : where);
}

std::vector<std::string> Informers::stale(const std::string& namespace_name, std::chrono::seconds age) const {
  std::vector<std::string> names;
  for (const Entry& each : entries_) {
    if (!each.serves(namespace_name) || !is_stale(each, age)) continue;
    names.push_back(said_of(each.informer->type().plural, each.namespace_name));
  }
  for (const std::string& where : consumers_.stale(age)) {
    if (where == namespace_name) names.push_back(said_of(kConsumersPods, where));
  }
  return names;
}

std::map<std::string, std::vector<std::string>> Informers::stale(std::chrono::seconds age) const {
  std::map<std::string, std::vector<std::string>> by_namespace;
  for (const Entry& each : entries_) {
    std::vector<std::string>& names = by_namespace[each.namespace_name];
    if (is_stale(each, age)) names.push_back(said_of(each.informer->type().plural, each.namespace_name));
  }
  const bool all_at_once = by_namespace.contains("");
  for (const std::string& where : consumers_.stale(age)) {
    by_namespace[all_at_once ? "" : where].push_back(said_of(kConsumersPods, where));
  }
  return by_namespace;
}

}  // namespace runtime
