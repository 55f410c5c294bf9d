// operator/reconcile/specs.h: the specs that were read, for as long as they stand.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/spec/spec.h"
#include "operator/kube/api.h"

namespace reconcile {

/// What one generation of a resource says, and what is wrong with it.
struct ReadSpec {
  spec::DatabaseMigration resource = {};
  std::vector<spec::Problem> problems = {};
};

/// A spec is looked at again and again, and changes with its generation alone. Thread-safe.
class Specs {
 public:
  /// Null: nobody has kept this one.
  std::shared_ptr<const ReadSpec> find(const kube::ObjectName&, const std::string& uid, std::int64_t generation) const;
  void keep(const kube::ObjectName&, const std::string& uid, std::int64_t generation, ReadSpec);
  void forget(const kube::ObjectName&);

 private:
  struct Kept {
    std::string uid = {};
    std::int64_t generation = 0;
    std::shared_ptr<const ReadSpec> read = {};
  };
  mutable std::mutex mutex_;
  std::map<kube::ObjectName, Kept> kept_;
};

}  // namespace reconcile
