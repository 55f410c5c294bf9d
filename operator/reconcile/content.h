// operator/reconcile/content.h: what the ConfigMaps of a resource hold, as a digest.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "operator/kube/api.h"
#include "operator/reconcile/observed.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// Reads ConfigMaps only when their resourceVersion moved; informers see no more than their metadata
/// (operator-protocol, Sources 1). Remembers what each resource names at present, and nothing else. Thread-safe, for
/// different resources. `api` and `caches` must outlive it.
class ContentReader {
 public:
  ContentReader(kube::Api& api, const runtime::Caches& caches) : api_(api), caches_(caches) {}

  /// Of the resource of this name. Throws what Api::get throws.
  Content read(const kube::ObjectName& migration, const spec::Migrations&);
  /// It is gone.
  void forget(const kube::ObjectName& migration);

 private:
  using Keys = std::vector<std::pair<std::string, std::string>>;  // each with its sha256; no migration file: empty
  struct Known {
    std::string resource_version = {};
    Keys keys = {};
  };
  using KnownMaps = std::map<std::string, Known>;  // by the ConfigMap's name
  std::optional<Known> read_one(const kube::ObjectName& config_map, const KnownMaps& before);

  kube::Api& api_;
  const runtime::Caches& caches_;
  std::mutex mutex_;
  std::map<kube::ObjectName, KnownMaps> known_;
};

}  // namespace reconcile
