#include "tests/support/objects.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "tests/support/postgres_server.h"
#include "tests/support/yaml.h"

namespace support {
namespace {

bool is_established(const kube::Object& definition) {
  const kube::Object& conditions = kube::value_at(definition, "/status/conditions");
  return std::any_of(conditions.begin(), conditions.end(), [](const kube::Object& each) {
    return each.at("type") == "Established" && each.at("status") == "True";
  });
}

}  // namespace

kube::ResourceType type_of(const kube::Object& object) {
  const std::string api_version = object.at("apiVersion"), kind = object.at("kind");
  const std::size_t slash = api_version.find('/');
  const bool is_core = slash == std::string::npos;
  std::string plural = kind + "s";
  std::transform(plural.begin(), plural.end(), plural.begin(), [](unsigned char c) { return std::tolower(c); });
  return {is_core ? "" : api_version.substr(0, slash), is_core ? api_version : api_version.substr(slash + 1), plural,
          kind, object.at("metadata").contains("namespace")};
}

void apply(kube::Api& api, const kube::Object& object) {
  const kube::WriteOutcome outcome = api.apply(type_of(object), object, {.field_manager = "kubectl"}).outcome;
  if (outcome != kube::WriteOutcome::kDone)
    throw std::runtime_error("not applied: " + type_of(object).kind + " " + kube::name_of(object).name);
}

void apply_all(kube::Api& api, const std::string& yaml_text) {
  for (const YAML::Node& node : YAML::LoadAll(yaml_text)) {
    if (!node.IsMap()) continue;
    const kube::Object object = from_yaml(node);
    apply(api, object);
    if (object.at("kind") != "CustomResourceDefinition") continue;
    const auto type = type_of(object);
    const kube::ObjectName name = kube::name_of(object);
    if (!eventually([&] { return is_established(api.get(type, name).value_or(kube::Object())); }))
      throw std::runtime_error("not established: " + name.name);
  }
}

}  // namespace support
