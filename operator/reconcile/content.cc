#include "operator/reconcile/content.h"

#include "common/report/digest.h"
#include "operator/kube/base64.h"

namespace reconcile {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

/// data and binaryData count alike.
Files hash_files(const kube::Object& config_map) {
  Files files;
  for (const auto& [name, text] : kube::value_at(config_map, "/data").items()) {
    if (!report::is_migration_file(name) || !text.is_string()) continue;
    files.emplace_back(name, report::sha256_hex(text.get_ref<const std::string&>()));
  }
  for (const auto& [name, encoded] : kube::value_at(config_map, "/binaryData").items()) {
    if (!report::is_migration_file(name) || !encoded.is_string()) continue;
    const std::optional<std::string> bytes = kube::base64_decode(encoded.get_ref<const std::string&>());
    files.emplace_back(name, report::sha256_hex(bytes.value_or("")));
  }
  return files;
}

}  // namespace

std::optional<Files> ContentReader::files_of(const kube::ObjectName& name) {
  const std::optional<kube::Object> seen = caches_.config_maps.get(name);
  if (!seen) return std::nullopt;
  const std::string version = kube::text_at(*seen, "/metadata/resourceVersion");
  {
    const std::lock_guard<std::mutex> hold(mutex_);
    const auto known = known_.find(name);
    if (known != known_.end() && known->second.resource_version == version) return known->second.files;
  }
  const std::optional<kube::Object> full = api_.get(kube::types::config_map(), name);
  const std::lock_guard<std::mutex> hold(mutex_);
  if (!full) {
    known_.erase(name);
    return std::nullopt;
  }
  Known& known = known_[name];
  known = {.resource_version = kube::text_at(*full, "/metadata/resourceVersion"), .files = hash_files(*full)};
  return known.files;
}

Content ContentReader::read(const std::string& namespace_name, const spec::Migrations& migrations) {
  Content content;
  Files all;
  std::map<std::string, std::string> stands_in;
  for (const std::string& config_map : migrations.config_maps) {
    const std::optional<Files> files = files_of({namespace_name, config_map});
    if (!files) content.missing.push_back(config_map);
    for (const auto& [name, hash] : files.value_or(Files{})) {
      const auto [before, is_new] = stands_in.emplace(name, config_map);
      if (!is_new) content.duplicates.push_back(name + " in " + before->second + " and " + config_map);
      all.emplace_back(name, hash);
    }
  }
  for (const auto& [name, text] : migrations.inline_files) {
    if (report::is_migration_file(name)) all.emplace_back(name, report::sha256_hex(text));
  }
  const bool is_known = !migrations.config_maps.empty() || !migrations.inline_files.empty();
  if (is_known && content.missing.empty()) content.digest = report::files_digest(all);
  return content;
}

}  // namespace reconcile
