#include "operator/reconcile/content.h"

#include "common/report/digest.h"
#include "operator/kube/base64.h"

namespace reconcile {
namespace {

using Keys = std::vector<std::pair<std::string, std::string>>;

std::string hash_of(const std::string& name, const std::string& bytes) {
  return report::is_migration_file(name) ? report::sha256_hex(bytes) : "";
}

/// data and binaryData count alike.
Keys hash_keys(const kube::Object& config_map) {
  Keys keys;
  for (const auto& [name, text] : kube::value_at(config_map, "/data").items()) {
    if (text.is_string()) keys.emplace_back(name, hash_of(name, text.get_ref<const std::string&>()));
  }
  for (const auto& [name, encoded] : kube::value_at(config_map, "/binaryData").items()) {
    if (!encoded.is_string()) continue;
    const std::optional<std::string> bytes = kube::base64_decode(encoded.get_ref<const std::string&>());
    keys.emplace_back(name, hash_of(name, bytes.value_or("")));
  }
  return keys;
}

}  // namespace

std::optional<ContentReader::Known> ContentReader::read_one(const kube::ObjectName& config_map,
                                                            const KnownMaps& before) {
  const std::optional<kube::Object> seen = caches_.config_maps.get(config_map);
  if (!seen) return std::nullopt;
  const auto known = before.find(config_map.name);
  const std::string version = kube::text_at(*seen, "/metadata/resourceVersion");
  if (known != before.end() && known->second.resource_version == version) return known->second;
  const std::optional<kube::Object> full = api_.get(kube::types::config_map(), config_map);
  if (!full) return std::nullopt;
  return Known{.resource_version = kube::text_at(*full, "/metadata/resourceVersion"), .keys = hash_keys(*full)};
}

Content ContentReader::read(const kube::ObjectName& migration, const spec::Migrations& migrations) {
  KnownMaps before, now;
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    if (const auto found = known_.find(migration); found != known_.end()) before = found->second;
  }
  Content content;
  Keys all;
  std::map<std::string, std::string> stands_in;
  for (const std::string& name : migrations.config_maps) {
    std::optional<Known> known = read_one({migration.namespace_name, name}, before);
    if (!known) {
      content.missing.push_back(name);
      continue;
    }
    for (const auto& [key, hash] : known->keys) {
      const auto [other, is_new] = stands_in.emplace(key, name);
      // Also where it is no migration: one of the two would not be in the pod.
      if (!is_new) content.duplicates.push_back(key + " in " + other->second + " and " + name);
      if (!hash.empty()) all.emplace_back(key, hash);
    }
    now[name] = std::move(*known);
  }
  for (const auto& [name, text] : migrations.inline_files) {
    if (report::is_migration_file(name)) all.emplace_back(name, report::sha256_hex(text));
  }
  const bool is_known = !migrations.config_maps.empty() || !migrations.inline_files.empty();
  if (is_known && content.missing.empty()) content.digest = report::files_digest(all);
  const std::lock_guard<std::mutex> hold(mutex_);
  known_.erase(migration);
  if (!now.empty()) known_.emplace(migration, std::move(now));
  return content;
}

void ContentReader::forget(const kube::ObjectName& migration) {
  const std::lock_guard<std::mutex> hold(mutex_);
  known_.erase(migration);
}

}  // namespace reconcile
