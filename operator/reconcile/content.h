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
/// (operator-protocol, Sources 1). Thread-safe. `api` and `caches` must outlive it.
class ContentReader {
 public:
  ContentReader(kube::Api& api, const runtime::Caches& caches) : api_(api), caches_(caches) {}

  /// Throws what Api::get throws.
  Content read(const std::string& namespace_name, const spec::Migrations&);

 private:
  using Files = std::vector<std::pair<std::string, std::string>>;  // name, sha256
  struct Known {
    std::string resource_version = {};
    Files files = {};
  };
  std::optional<Files> files_of(const kube::ObjectName&);

  kube::Api& api_;
  const runtime::Caches& caches_;
  std::mutex mutex_;
  std::map<kube::ObjectName, Known> known_;
};

}  // namespace reconcile
