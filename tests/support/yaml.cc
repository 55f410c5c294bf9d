#include "tests/support/yaml.h"

namespace {

void emit(YAML::Emitter& out, const nlohmann::json& value) {
  if (value.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, each] : value.items()) {
      out << YAML::Key << key << YAML::Value;
      emit(out, each);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    out << YAML::BeginSeq;
    for (const nlohmann::json& each : value) emit(out, each);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const std::string text = value.get<std::string>();
    const bool is_plain = !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
                          text != "true" && text != "false" && text != "null" && text != "True" && text != "False";
    if (!is_plain) out << YAML::DoubleQuoted;
    out << text;
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string to_yaml(const nlohmann::json& value) {
  YAML::Emitter out;
  emit(out, value);
  return out.c_str() + std::string("\n");
}

nlohmann::json from_yaml(const YAML::Node& node) {
  if (node.IsMap()) {
    nlohmann::json made = nlohmann::json::object();
    for (const auto& each : node) made[each.first.as<std::string>()] = from_yaml(each.second);
    return made;
  }
  if (node.IsSequence()) {
    nlohmann::json made = nlohmann::json::array();
    for (const YAML::Node& each : node) made.push_back(from_yaml(each));
    return made;
  }
  if (node.IsNull()) return nullptr;
  const std::string text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true" || text == "false") return text == "true";
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const bool is_number = text.size() > sign && text.find_first_not_of("0123456789", sign) == std::string::npos;
  return is_number ? nlohmann::json(std::stoll(text)) : nlohmann::json(text);
}
