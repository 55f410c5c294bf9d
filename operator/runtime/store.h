// operator/runtime/store.h: what informers know: the objects of one type as last seen, looked up by name or index.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "operator/kube/api.h"

namespace runtime {

using kube::Object;
using kube::ObjectName;

/// The values under which an object is found in one index; e.g. the UIDs of its owners.
using IndexValues = std::function<std::vector<std::string>(const Object&)>;

/// Objects of one type. Thread-safe. Kept packed (CBOR, about a fifth of the parsed size), so each look-up returns
/// a copy of its own; a reader never sees half an update.
class Store {
 public:
  /// `trim` drops what nobody reads (managedFields always go). `indices`: name → values of an object.
  Store(std::function<void(Object&)> trim, std::map<std::string, IndexValues> indices);

  /// None: not known (never seen, or deleted).
  [[nodiscard]] std::optional<Object> get(const ObjectName&) const;
  /// All objects, ordered by namespace and name.
  [[nodiscard]] std::vector<Object> all() const;
  /// The objects with this value in that index, ordered by namespace and name. An index that doesn't exist is a bug.
  [[nodiscard]] std::vector<Object> find(const std::string& index, const std::string& value) const;
  /// As find(), only the names: costs no unpacking.
  [[nodiscard]] std::vector<ObjectName> names(const std::string& index, const std::string& value) const;
  [[nodiscard]] std::vector<ObjectName> names() const;
  /// The values under which that index holds anything, in order.
  [[nodiscard]] std::vector<std::string> values(const std::string& index) const;
  [[nodiscard]] std::size_t size() const;

  /// Puts an object in, or a newer version of it. False: this very resourceVersion was there already.
  bool put(Object);
  void erase(const ObjectName&);
  /// After a list of one namespace ("" = all): everything there that isn't in `keep` goes. Returns what went.
  std::vector<Object> retain(const std::string& namespace_name, const std::set<ObjectName>& keep);

 private:
  struct Packed {
    std::string resource_version = {};
    std::vector<std::uint8_t> bytes = {};
    std::vector<std::pair<std::string, std::string>> indexed = {};  // (index, value)
  };
  void erase_locked(const ObjectName&);

  std::function<void(Object&)> trim_;
  std::map<std::string, IndexValues> indices_;
  mutable std::shared_mutex mutex_;
  std::map<ObjectName, Packed> objects_;
  std::map<std::pair<std::string, std::string>, std::set<ObjectName>> by_index_;
};

}  // namespace runtime
