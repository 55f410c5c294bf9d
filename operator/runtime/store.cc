#include "operator/runtime/store.h"

#include <mutex>
#include <stdexcept>

namespace runtime {

Store::Store(std::function<void(Object&)> trim, std::map<std::string, IndexValues> indices)
    : trim_(std::move(trim)), indices_(std::move(indices)) {}

std::optional<Object> Store::get(const ObjectName& name) const {
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  const auto found = objects_.find(name);
  if (found == objects_.end()) return std::nullopt;
  return Object::from_cbor(found->second.bytes);
}

std::vector<Object> Store::all() const {
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  std::vector<Object> all;
  all.reserve(objects_.size());
  for (const auto& [name, packed] : objects_) all.push_back(Object::from_cbor(packed.bytes));
  return all;
}

std::vector<Object> Store::find(const std::string& index, const std::string& value) const {
  std::vector<Object> found;
  for (const ObjectName& name : names(index, value)) {
    // It may have gone since: the two looks are not one.
    if (std::optional<Object> object = get(name)) found.push_back(std::move(*object));
  }
  return found;
}

std::vector<ObjectName> Store::names(const std::string& index, const std::string& value) const {
  if (!indices_.contains(index)) throw std::logic_error("store without index " + index);
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  const auto found = by_index_.find({index, value});
  if (found == by_index_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

std::vector<ObjectName> Store::names() const {
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  std::vector<ObjectName> all;
  all.reserve(objects_.size());
  for (const auto& [name, packed] : objects_) all.push_back(name);
  return all;
}

std::vector<std::string> Store::values(const std::string& index) const {
  if (!indices_.contains(index)) throw std::logic_error("store without index " + index);
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  std::vector<std::string> all;
  for (auto each = by_index_.lower_bound({index, ""}); each != by_index_.end() && each->first.first == index; ++each) {
    all.push_back(each->first.second);
  }
  return all;
}

std::size_t Store::size() const {
  const std::shared_lock<std::shared_mutex> hold(mutex_);
  return objects_.size();
}

bool Store::put(Object object) {
  const ObjectName name = kube::name_of(object);
  Packed packed;
  packed.resource_version = kube::text_at(object, "/metadata/resourceVersion");
  for (const auto& [index, values] : indices_) {
    for (std::string& value : values(object)) packed.indexed.emplace_back(index, std::move(value));
  }
  object["metadata"].erase("managedFields");
  if (trim_) trim_(object);
  packed.bytes = Object::to_cbor(object);
  packed.bytes.shrink_to_fit();

  const std::unique_lock<std::shared_mutex> hold(mutex_);
  const auto known = objects_.find(name);
  if (known != objects_.end()) {
    if (!packed.resource_version.empty() && known->second.resource_version == packed.resource_version) return false;
    erase_locked(name);
  }
  for (const std::pair<std::string, std::string>& key : packed.indexed) by_index_[key].insert(name);
  objects_.emplace(name, std::move(packed));
  return true;
}

void Store::erase(const ObjectName& name) {
  const std::unique_lock<std::shared_mutex> hold(mutex_);
  erase_locked(name);
}

void Store::erase_locked(const ObjectName& name) {
  const auto known = objects_.find(name);
  if (known == objects_.end()) return;
  for (const std::pair<std::string, std::string>& key : known->second.indexed) {
    const auto values = by_index_.find(key);
    values->second.erase(name);
    if (values->second.empty()) by_index_.erase(values);
  }
  objects_.erase(known);
}

std::vector<Object> Store::retain(const std::string& namespace_name, const std::set<ObjectName>& keep) {
  const std::unique_lock<std::shared_mutex> hold(mutex_);
  std::vector<ObjectName> gone;
  for (const auto& [name, packed] : objects_) {
    const bool is_listed = namespace_name.empty() || name.namespace_name == namespace_name;
    if (is_listed && !keep.contains(name)) gone.push_back(name);
  }
  std::vector<Object> objects;
  for (const ObjectName& name : gone) {
    objects.push_back(Object::from_cbor(objects_.at(name).bytes));
    erase_locked(name);
  }
  return objects;
}

}  // namespace runtime
