#include "operator/reconcile/held.h"

namespace reconcile {
namespace {

using kube::Object;
using kube::text_at;

std::string permission(const Object& rollout) { return text_at(rollout, "/status/migration"); }

bool is_going(const Object& rollout) { return !text_at(rollout, "/metadata/deletionTimestamp").empty(); }

/// Deployments of it may be between two colours.
bool is_under_way(const Object& rollout) {
  const std::string step = text_at(rollout, "/status/sequence/step");
  return !step.empty() && step != "Done" && step != "Failed";
}

void add_holder(std::string& names, const std::string& name, const char* between) {
  names += (names.empty() ? "" : between) + name;
}

bool still_contracts(kube::Api& api, const Object& rollout) {
  const std::optional<Object> now = api.get(kube::types::database_rollout(), kube::name_of(rollout));
  return now && !is_going(*now) && permission(*now) == "Contract";
}

}  // namespace

HeldByRollout read_held(kube::Api& api, const runtime::Caches& caches, const kube::ObjectName& migration) {
  bool expands = false, contracts = false;
  std::string all, busy;
  const std::string key = runtime::index_key(migration.namespace_name, migration.name);
  for (const Object& each : caches.rollouts.find(runtime::indices::kMigrationRef, key)) {
    if (is_going(each)) continue;
    add_holder(all, kube::name_of(each).name, " or ");
    expands = expands || permission(each) == "Expand";
    if (permission(each) == "Contract" && still_contracts(api, each)) {
      contracts = true;
    } else if (is_under_way(each)) {
      add_holder(busy, kube::name_of(each).name, " and ");
    }
  }
  return {.expand = expands ? "" : all, .contract = contracts ? busy : all};
}

}  // namespace reconcile
