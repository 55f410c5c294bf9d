#include "operator/gate/flagger.h"

#include <algorithm>
#include <array>

namespace gate {
namespace {

constexpr std::array<const char*, 3> kHooks{"confirm-rollout", "pre-rollout", "confirm-promotion"};

HookPayload bad(const std::string& problem) { return {.problem = problem}; }

/// "" where it is absent; none: another type.
std::optional<std::string> text(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return "";
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

HookPayload parse_payload(const std::string& body) {
  const nlohmann::json json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return bad("the body is no JSON object");
  const auto metadata = json.find("metadata");
  if (metadata == json.end() || !metadata->is_object()) return bad("the payload has no metadata");
  const std::optional<std::string> name = text(*metadata, "migration"), own = text(*metadata, "namespace"),
                                   canarys = text(json, "namespace"), at_least = text(*metadata, "at-least");
  if (!name || name->empty()) return bad("metadata.migration must name a DatabaseMigration");
  if (!own || !canarys || !at_least) return bad("namespace, metadata.namespace and metadata.at-least are texts");
  HookPayload payload{.migration = {own->empty() ? *canarys : *own, *name}};
  if (payload.migration.namespace_name.empty()) return bad("no namespace is named");
  if (!metadata->contains("at-least")) return payload;
  const std::optional<std::vector<std::string>> revisions = parse_revisions(*at_least);
  if (!revisions) return bad("metadata.at-least wants REVISION[,REVISION…]");
  payload.at_least = *revisions;
  return payload;
}

bool is_hook(const std::string& name) { return std::find(kHooks.begin(), kHooks.end(), name) != kHooks.end(); }

std::string hooks() {
  std::string all;
  for (const char* hook : kHooks) all += (all.empty() ? "" : ", ") + std::string(hook);
  return all;
}

std::optional<std::vector<std::string>> parse_revisions(const std::string& text) {
  std::vector<std::string> revisions;
  for (std::size_t start = 0;;) {
    const std::size_t end = text.find(',', start);
    revisions.push_back(text.substr(start, end == std::string::npos ? end : end - start));
    if (revisions.back().empty()) return std::nullopt;
    if (end == std::string::npos) return revisions;
    start = end + 1;
  }
}

}  // namespace gate
