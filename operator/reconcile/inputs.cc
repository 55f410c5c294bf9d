#include "operator/reconcile/inputs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/report/digest.h"

namespace reconcile {
namespace {

constexpr std::size_t kHashLength = 16;
constexpr std::size_t kNameLength = 40;

std::string short_hash(const nlohmann::json& of) {
  return report::sha256_hex(of.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).substr(0, kHashLength);
}

std::string inputs_hash(const Observed& seen, const nlohmann::json& spec) {
  if (!seen.content.missing.empty() || !seen.content.duplicates.empty()) return {};
  nlohmann::json source = spec["migrations"];
  if (!seen.content.digest.empty()) {
    source = {{"digest", seen.content.digest}, {"layout", source["layout"]}};
  } else if (source.contains("image")) {
    source["image"].erase("pullPolicy");
    source["image"].erase("pullSecrets");
  }
  return short_hash({seen.uid, source, spec["database"], spec["target"], spec["ledger"], spec["phase"]});
}

}  // namespace

Hashes hashes_of(const Observed& seen) {
  if (!seen.problems.empty()) return {};
  nlohmann::json spec = spec::to_json(seen.resource)["spec"];
  Hashes hashes{.inputs = inputs_hash(seen, spec), .database = short_hash({spec["database"], spec["ledger"]})};
  for (const char* key : {"suspend", "resync", "retry"}) spec.erase(key);
  hashes.spec = short_hash(spec);
  return hashes;
}

std::string job_name(const std::string& resource, const RunStatus& run) {
  std::string name = resource.substr(0, kNameLength);
  std::replace(name.begin(), name.end(), '.', '-');
  while (name.ends_with('-')) name.pop_back();
  return name + "-" + short_hash({run.inputs, run.kind == Kind::kPlan, run.attempt, run.retry});
}

}  // namespace reconcile
